extension Span {
    /// Whether both are the same, letter by letter as they were written. `==` takes strings for equal that mean the same
    /// characters, like "é" in one code point and in two; what is stored may not be confused so.
    public func isExactly(_ other: Span) -> Bool {
        self == other && name.isExactly(other.name) && traceState.isExactly(other.traceState)
            && status.message.isExactly(other.status.message)
            && attributes.areExactly(other.attributes)
            && events.elementsEqual(other.events) {
                $0.name.isExactly($1.name) && $0.attributes.areExactly($1.attributes)
            }
            && links.elementsEqual(other.links) {
                $0.traceState.isExactly($1.traceState) && $0.attributes.areExactly($1.attributes)
            }
            && resource.schemaURL.isExactly(other.resource.schemaURL)
            && resource.attributes.areExactly(other.resource.attributes)
            && scope.name.isExactly(other.scope.name) && scope.version.isExactly(other.scope.version)
            && scope.schemaURL.isExactly(other.scope.schemaURL)
            && scope.attributes.areExactly(other.scope.attributes)
    }
}

extension String {
    fileprivate func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension [Attribute] {
    fileprivate func areExactly(_ other: [Attribute]) -> Bool {
        elementsEqual(other) { $0.key.isExactly($1.key) && $0.value.isExactly($1.value) }
    }
}

extension AttributeValue {
    fileprivate func isExactly(_ other: AttributeValue) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)): left.elementsEqual(right) { $0.isExactly($1) }
        case (.map(let left), .map(let right)): left.areExactly(right)
        default: self == other
        }
    }
}

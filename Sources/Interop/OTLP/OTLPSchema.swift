/// The messages of trace and metrics requests, as far as naming a field needs them. Only error paths read this.
enum OTLPSchema {
    case request, resourceSpans, resource, scopeSpans, scope, span, event, link, status
    case metricsRequest, resourceMetrics, scopeMetrics, metric, gauge, sum, histogram, exponentialHistogram, summary
    case numberPoint, histogramPoint, exponentialHistogramPoint, buckets, summaryPoint, quantile, exemplar
    case keyValue, anyValue, arrayValue, keyValueList, entityReference

    struct Field {
        var name: String
        var isRepeated = false
        var message: OTLPSchema?
    }

    /// The field numbered `number`, or `nil` when this schema does not define it.
    func field(_ number: UInt64) -> Field? {
        switch (self, number) {
        case (.request, 1): Field(name: "resource_spans", isRepeated: true, message: .resourceSpans)
        case (.resourceSpans, 1): Field(name: "resource", message: .resource)
        case (.resourceSpans, 2): Field(name: "scope_spans", isRepeated: true, message: .scopeSpans)
        case (.resource, 1), (.scope, 3), (.span, 9), (.event, 3), (.link, 4):
            Field(name: "attributes", isRepeated: true, message: .keyValue)
        case (.resource, 3): Field(name: "entity_refs", isRepeated: true, message: .entityReference)
        case (.scopeSpans, 1): Field(name: "scope", message: .scope)
        case (.scopeSpans, 2): Field(name: "spans", isRepeated: true, message: .span)
        case (.resourceSpans, 3), (.scopeSpans, 3), (.entityReference, 1): Field(name: "schema_url")
        case (.resource, 2), (.scope, 4), (.span, 10), (.event, 4), (.link, 5): Field(name: "dropped_attributes_count")
        case (.scope, 1), (.span, 5), (.event, 2): Field(name: "name")
        case (.scope, 2): Field(name: "version")
        case (.span, 1), (.link, 1): Field(name: "trace_id")
        case (.span, 2), (.link, 2): Field(name: "span_id")
        case (.span, 3), (.link, 3): Field(name: "trace_state")
        case (.span, 4): Field(name: "parent_span_id")
        case (.span, 6): Field(name: "kind")
        case (.span, 7): Field(name: "start_time_unix_nano")
        case (.span, 8): Field(name: "end_time_unix_nano")
        case (.span, 11): Field(name: "events", isRepeated: true, message: .event)
        case (.span, 12): Field(name: "dropped_events_count")
        case (.span, 13): Field(name: "links", isRepeated: true, message: .link)
        case (.span, 14): Field(name: "dropped_links_count")
        case (.span, 15): Field(name: "status", message: .status)
        case (.span, 16), (.link, 6): Field(name: "flags")
        case (.event, 1): Field(name: "time_unix_nano")
        case (.status, 2): Field(name: "message")
        case (.status, 3): Field(name: "code")
        case (.keyValue, 1): Field(name: "key")
        case (.keyValue, 2): Field(name: "value", message: .anyValue)
        case (.anyValue, 1): Field(name: "string_value")
        case (.anyValue, 2): Field(name: "bool_value")
        case (.anyValue, 3): Field(name: "int_value")
        case (.anyValue, 4): Field(name: "double_value")
        case (.anyValue, 5): Field(name: "array_value", message: .arrayValue)
        case (.anyValue, 6): Field(name: "kvlist_value", message: .keyValueList)
        case (.anyValue, 7): Field(name: "bytes_value")
        case (.arrayValue, 1): Field(name: "values", isRepeated: true, message: .anyValue)
        case (.keyValueList, 1): Field(name: "values", isRepeated: true, message: .keyValue)
        case (.entityReference, 2): Field(name: "type")
        case (.entityReference, 3): Field(name: "id_keys", isRepeated: true)
        case (.entityReference, 4): Field(name: "description_keys", isRepeated: true)
        default: metricsField(number)
        }
    }
}

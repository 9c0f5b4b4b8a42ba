/// A growable run of plain values without exclusivity or bounds checks on the way in: the encoder's working memory.
/// Reads outside `0..<count` are a programming error, checked in debug builds only.
final class GrowingBuffer<Element: BitwiseCopyable> {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int = 64) {
        self.capacity = max(capacity, 16)
        base = .allocate(capacity: self.capacity)
    }

    convenience init(repeating value: Element, count: Int) {
        self.init(capacity: count)
        base.initialize(repeating: value, count: count)
        self.count = count
    }

    deinit { base.deallocate() }

    @inline(__always)
    subscript(index: Int) -> Element {
        get {
            assert(index >= 0 && index < count)
            return base[index]
        }
        set {
            assert(index >= 0 && index < count)
            base[index] = newValue
        }
    }

    @inline(__always)
    func append(_ value: Element) {
        if count == capacity { reserve(1) }
        (base + count).initialize(to: value)
        count &+= 1
    }

    /// Makes room for `extra` more elements.
    @inline(never)
    func reserve(_ extra: Int) {
        guard count + extra > capacity else { return }
        capacity = max(capacity * 2, count + extra)
        let grown = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        grown.update(from: base, count: count)
        base.deallocate()
        base = grown
    }

    func append(contentsOf source: UnsafeBufferPointer<Element>) {
        if source.isEmpty { return }
        reserve(source.count)
        (base + count).update(from: source.baseAddress!, count: source.count)
        count += source.count
    }

    func removeAll() { count = 0 }

    /// Counts `extra` elements that were written behind the last one, into reserved room.
    @inline(__always)
    func grow(by extra: Int) {
        assert(count + extra <= capacity)
        count &+= extra
    }

    /// Forgets what lies after the first `count` elements.
    func truncate(to count: Int) {
        precondition(count <= self.count)
        self.count = count
    }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Element>.stride)
    }
}

import Exposition

extension SpanMetrics: SpanObserver {}

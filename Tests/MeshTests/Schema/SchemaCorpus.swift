/// What the documents of other tests do not have.
enum SchemaCorpus {
    static let rest = """
        {
          "service": {"name": "gateway"},
          "identity": {"spiffeID": "spiffe://bank.example/gateway", "certificateChain": "/run/g.pem",
                       "privateKey": "/run/g.key", "roots": "/run/roots.pem"},
          "inbound": {
            "address": "127.0.0.1:0", "security": "permissive", "permissiveUntil": "2027-03-31T00:00:00Z",
            "protocol": "http2", "pathNormalization": "base",
            "limits": {"maximumConnectionsPerPeer": 100, "maximumHeaderBytes": 8192, "maximumHeaderCount": 50,
                       "maximumURIBytes": 1024, "idleTimeoutMilliseconds": 1000, "minimumBodyBytesPerSecond": 100,
                       "maximumBodyBytes": 1000000, "maximumConcurrentStreams": 10},
            "authorization": {"revision": "1", "rules": [
              {"name": "admin", "action": "deny", "paths": ["/admin/*"], "ignoreCase": true}]},
            "routes": [
              {"name": "suffix", "match": {"hostSuffix": ".bank.example", "path": "/a"}, "cluster": "c",
               "subset": {"version": "v1"}, "retries": {}, "deadline": {}, "mirror": {"cluster": "c"}},
              {"name": "template", "match": {"host": "a", "pathTemplate": "/a/{id}"}, "cluster": "c"}]
          },
          "clusters": [
            {"name": "g", "endpoints": ["127.0.0.1:2"],
             "healthCheck": {"kind": "grpc", "service": "bank.Ledger", "host": "ledger"}},
            {"name": "c", "protocol": "http1", "maximumConcurrentStreams": 10,
             "endpoints": [{"address": "127.0.0.1:1", "labels": {"version": "v1"}}],
             "retryBudget": {}, "healthCheck": {"kind": "tcp"},
             "loadBalancing": {"policy": "peak-ewma", "choices": 3, "decayMilliseconds": 100},
             "outlierDetection": {"consecutiveGatewayFailures": 4, "intervalMilliseconds": 1000,
                                  "baseEjectionMilliseconds": 100, "maximumEjectionMilliseconds": 1000,
                                  "successRateRequests": 10, "successRateDeviationThousandths": 1000},
             "failureRateBreaker": {"minimumRequests": 5, "windowMilliseconds": 1000, "openMilliseconds": 100},
             "loadShedding": {"targetMilliseconds": 10, "windowMilliseconds": 50, "minimumConcurrency": 2,
                              "maximumConcurrency": 20}}]
        }
        """

    static let streams = """
        {
          "service": {"name": "switch"},
          "identity": {"spiffeID": "spiffe://bank.example/switch", "certificateChain": "/run/s.pem",
                       "privateKey": "/run/s.key", "roots": "/run/roots.pem"},
          "listeners": [
            {"name": "a", "direction": "inbound", "protocol": "tcp", "address": "127.0.0.1:1",
             "security": "permissive", "permissiveUntil": "2027-03-31T00:00:00Z",
             "accept": ["spiffe://bank.example/a"],
             "authorization": {"revision": "1", "default": "allow", "enforced": true, "rules": [
               {"name": "r", "action": "deny", "principals": ["*"], "ports": [1],
                "notPrincipals": ["spiffe://bank.example/ops/*"]}]},
             "routes": [{"name": "r", "cluster": "c", "payment": true, "whenSpoolFull": "refuse"}]},
            {"name": "b", "direction": "outbound", "protocol": "tls-passthrough", "address": "127.0.0.1:2",
             "security": "plain", "limits": {},
             "authorization": {"revision": "1", "default": "allow", "enforced": true, "rules": [
               {"name": "r", "action": "allow", "principals": ["*"], "ports": [1], "serverNames": ["a"],
                "notPrincipals": ["spiffe://bank.example/ops/*"]}]},
             "routes": [{"name": "r", "cluster": "c", "payment": true, "whenSpoolFull": "refuse",
                         "subset": {"zone": "a"}, "connectAttempts": 1},
                        {"name": "s", "split": [{"cluster": "c", "weight": 1}]}]},
            {"name": "c", "direction": "inbound", "protocol": "iso8583", "address": "127.0.0.1:3",
             "security": "mutual-tls", "accept": ["spiffe://bank.example/a"], "limits": {}, "iso8583": {"framing": {}},
             "routes": [{"name": "r", "cluster": "c"}, {"name": "s", "split": [{"cluster": "c", "weight": 1}]}]}],
          "clusters": [{"name": "c", "endpoints": [{"address": "127.0.0.1:1", "labels": {"zone": "a"}}]}],
          "telemetry": {"collectors": ["127.0.0.1:4316"], "spoolDirectory": "/spool"}
        }
        """
}

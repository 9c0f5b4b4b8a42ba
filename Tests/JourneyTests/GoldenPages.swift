/// Pages as they must look. They hold no trailing spaces.
enum GoldenPages {
    static let payment = #"""
        Transaction P-1001  payment
        also known as uetr 97ed4827-7b6f-4491-a06f-b548d5a7512d

        ✓ Succeeded in 2 legs over 8 h across 9 services, after 1 retry.
          2026-11-03 09:14:22.104 UTC · 9 services · 10 hops · 1 failed · 1 retry ·
          3 traces
        ✓ Complete: no span is missing, and no exporter lost any at that time.
          principals in spiffe://bank.example

        Leg 1 of 2  2026-11-03 09:14:22.104 UTC  412 ms  ✓ succeeded
        trace 4bf92f3577b34da60000000000000001
        trace 4bf92f3577b34da60000000000000002
        hop                                   status       start     took         412 ms
        gateway POST /payments                201              0   412 ms  █████████████
        │   (not verified) → /gateway
        ├ auth POST /verify                   200          +3 ms    12 ms  ▌
        │     /gateway → /auth
        └ payments POST /payments             201         +17 ms   390 ms  ▐████████████
          │   /gateway → /payments
          ├ fraud POST /score                 200         +20 ms    41 ms  ▐█
          │     /payments → /fraud
          ├ limits POST /reserve              200         +62 ms    60 ms   ▐██
          │ │   /payments → /limits
          │ └ sanctions GET /screen/{name}    200         +70 ms    30 ms    █
          │       /limits → /sanctions
          │       linked by the transaction id: trace headers were not passed on
          ├ ledger POST /entries              503 ↻ #1   +130 ms   100 ms      ███▌
          │     /payments → /ledger
          │     UT upstream request timeout
          ├ ledger POST /entries              201   #2   +250 ms   104 ms         ▐███
          └ notifications POST /messages      202        +360 ms    22 ms             █
                /payments → /notifications

        Leg 2 of 2  2026-11-03 17:14:22.104 UTC  800 ms  ✓ succeeded
        trace 4bf92f3577b34da60000000000000003
        hop                                   status       start     took         800 ms
        settlement settle                                      0   800 ms  █████████████
        └ ledger POST /settlements            200         +20 ms   700 ms  ███████████▌
              /settlement → /ledger

        waybill trace 4bf92f3577b34da60000000000000001 --verbose shows every span

        """#

    static let broken = #"""
        Transaction P-1002  payment

        ✗ Failed after 95 ms: ledger answered 500 to 'POST /entries␛[2J'.
          2026-11-03 09:14:22.104 UTC · 7 services · 7 hops · 3 failed · 1 trace
        ✗ Not complete: 2 spans are missing, and exporters have 2 gaps at that time.
          principals in spiffe://bank.example

        trace 4bf92f3577b34da60000000000000001
        hop                                   status       start     took          95 ms
        gateway POST /payments                502 ✗            0    95 ms  █████████████
        │   bad gateway
        └ payments-orchestration-service POS… 502 ✗        +2 ms    90 ms  ████████████▌
          │   /gateway → /payments-orchestration-service
          ├ 台帳サービス 仕訳を記帳する POST  200          +5 ms     9 ms  ▐█
          │     /payments-orchestration-service → /台帳サービス
          ├ limits POST /reserve              200         +20 ms    30 ms    ▐████
          │     /payments-orchestration-service → /limits
          │     the callee's span is not stored
          └ ledger POST /entries␛[2J          500 ✗       +52 ms    38 ms         █████▌
                /payments-orchestration-service → /ledger
                account 4711 is closed␇
        fx (not stored)                           ?       +30 ms     4 ms      ┄
        └ rates GET /rates/{pair}             200         +30 ms     4 ms      ▌
          │   /fx → /rates
          └ cache GET /{key}                  200         +31 ms     1 ms      ▌
                /rates → /cache

        Missing
        · limits was reached by payments-orchestration-service (span 0000000000000015),
          but its own span is not stored.
        · A hop into fx is not stored: span 000000000000dead is named as parent.

        Gaps at that time
        · fx-1 (spiffe://bank.example/fx) dropped 12 spans between 2026-11-03
          09:14:21.104 UTC and 2026-11-03 09:14:24.104 UTC: queue full.
        · limits-0 (spiffe://bank.example/limits) ended without saying which batch was
          its last; spans after 2026-11-03 09:14:22.144 UTC may be lost.

        waybill trace 4bf92f3577b34da60000000000000001 --verbose shows every span

        """#

    static let trace = #"""
        Trace 4bf92f3577b34da60000000000000001
        2026-11-03 09:14:22.104 UTC · 412 ms · 15 spans · 7 services · 2 failed

        span                                  status       start     took         412 ms
        gateway POST /payments                201   S          0   412 ms  █████████████
        ├ gateway POST /verify                200   C      +3 ms    12 ms  ▌
        │ └ auth POST /verify                 200   S    +3.5 ms    11 ms  ▌
        └ gateway POST /payments              201   C     +17 ms   390 ms  ▐████████████
          └ payments POST /payments           201   S   +17.5 ms   389 ms  ▐████████████
            ├ payments POST /score            200   C     +20 ms    41 ms  ▐█
            │ └ fraud POST /score             200   S   +20.5 ms    40 ms  ▐█
            ├ payments POST /reserve          200   C     +62 ms    60 ms   ▐██
            │ └ limits POST /reserve          200   S   +62.5 ms    59 ms   ▐██
            ├ payments POST /entries          503 ✗ C    +130 ms   100 ms      ███▌
            │ │   upstream request timeout
            │ └ ledger POST /entries          503 ✗ S    +130 ms    99 ms      ███
            │       upstream request timeout
            ├ payments POST /entries          201   C    +250 ms   104 ms         ▐███
            │ └ ledger POST /entries          201   S    +250 ms   103 ms         ▐███
            └ payments POST /messages         202   C    +360 ms    22 ms             █
              └ notifications POST /messages  202   S    +360 ms    21 ms             █

        """#

    static let span = #"""
        Trace 4bf92f3577b34da60000000000000001
        2026-11-03 09:14:22.104 UTC · 412 ms · 1 span · 1 service

        span                                  status       start     took         412 ms
        gateway POST /payments                201   S          0   412 ms  █████████████
            its parent 0000000000000abc is not stored
            span 0000000000000010 below 0000000000000abc
            waybill.principal = spiffe://bank.example/gateway
            payment.id = P-1001
            payment.uetr = 97ED4827-7B6F-4491-A06F-B548D5A7512D
            http.response.status_code = 201
            2 attributes dropped at source
            event +1.5 ms exception
              exception.message = no␛[31m cover
            link to span 0000000000000003 of trace 00000000000000010000000000000002
            resource service.name = gateway
            scope waybill-proxy 0.1.0

        """#
}

import Mesh
import Proxy

/// `waybill-proxy intercept`: one order, then it ends.
enum InterceptCommand {
    /// - Returns: the exit status.
    static func run(_ words: [String]) -> Int32 {
        let arguments: InterceptArguments
        do {
            arguments = try InterceptArguments(words)
        } catch {
            Console.error("\(error); see waybill-proxy intercept --help\n")
            return 2
        }
        if arguments.wantsHelp {
            Console.out(InterceptArguments.usage)
            return 0
        }
        do {
            switch arguments.verb {
            case .up: return try up(arguments)
            case .down: return try down(arguments)
            case .show: return try show(arguments)
            }
        } catch let error as InterceptionError {
            Console.error("\(error)\n")
            return 3
        } catch {
            Console.error("\(error)\n")
            return 2
        }
    }

    private static func setup() throws -> InterceptionSetup {
        guard Capabilities.hasNetworkAdministration else {
            throw InterceptionError(
                "interception changes the rules of this network namespace: run this as root or with CAP_NET_ADMIN")
        }
        return InterceptionSetup(Subprocess(), hasIPv6: Capabilities.hasIPv6)
    }

    private static func up(_ arguments: InterceptArguments) throws -> Int32 {
        let plan = try arguments.plan(arguments.configuration.map { try ConfigurationFile.read($0) })
        if let fault = plan.fault { throw ProxyError(fault) }
        if arguments.isDryRun {
            let families = IPFamily.allCases.filter { $0 == .ipv4 || plan.interception.ipv6 }
            Console.out(arguments.isJSON ? InterceptReport.json(plan, families) : InterceptReport.text(plan, families))
            return 0
        }
        let found = try setup().up(plan, backend: arguments.backend)
        Console.out(arguments.isJSON ? InterceptReport.json(found) : InterceptReport.up(plan, found))
        return 0
    }

    private static func down(_ arguments: InterceptArguments) throws -> Int32 {
        let found = try setup().down()
        if arguments.isJSON {
            Console.out(InterceptReport.json(found))
        } else {
            Console.out(
                found.isEmpty
                    ? "interception was not up\n" : "interception is down (\(InterceptReport.places(found)))\n")
        }
        return 0
    }

    private static func show(_ arguments: InterceptArguments) throws -> Int32 {
        let found = try setup().show()
        if arguments.isJSON {
            Console.out(InterceptReport.json(found))
        } else {
            Console.out(found.isEmpty ? "interception is not up\n" : InterceptReport.text(found))
        }
        return found.isEmpty ? 1 : 0
    }
}

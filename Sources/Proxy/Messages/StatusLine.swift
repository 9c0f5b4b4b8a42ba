/// Status codes that the proxy itself answers with, and their reasons (RFC 9110 §15).
enum StatusLine {
    static func text(_ status: Int) -> String {
        switch status {
        case 101: "101 Switching Protocols"
        case 200: "200 OK"
        case 400: "400 Bad Request"
        case 403: "403 Forbidden"
        case 404: "404 Not Found"
        case 405: "405 Method Not Allowed"
        case 408: "408 Request Timeout"
        case 413: "413 Content Too Large"
        case 414: "414 URI Too Long"
        case 417: "417 Expectation Failed"
        case 429: "429 Too Many Requests"
        case 431: "431 Request Header Fields Too Large"
        case 500: "500 Internal Server Error"
        case 501: "501 Not Implemented"
        case 502: "502 Bad Gateway"
        case 503: "503 Service Unavailable"
        case 504: "504 Gateway Timeout"
        case 505: "505 HTTP Version Not Supported"
        case 508: "508 Loop Detected"
        default: "\(status) Error"
        }
    }
}

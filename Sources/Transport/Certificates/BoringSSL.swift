internal import CNIOBoringSSL

/// What the TLS library's own BoringSSL does for us beside TLS: digests, and signatures of revocation lists.
///
/// Its module is no product of swift-nio-ssl, so nothing else may name it. The library that is a product, swift-crypto,
/// would bring a second BoringSSL and Foundation's essentials into the data plane, and has RSA only with an ASN.1 library
/// more.
enum BoringSSL {
    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            _ = SHA256(bytes, bytes.count, output.baseAddress)
            count = 32
        }
    }

    /// Whether `signature` over `message` was made with the key of a SubjectPublicKeyInfo.
    static func isSound(
        _ signature: ArraySlice<UInt8>, over message: ArraySlice<UInt8>, _ algorithm: SignatureAlgorithm,
        key: ArraySlice<UInt8>
    ) -> Bool {
        defer { ERR_clear_error() }
        return key.withUnsafeBufferPointer { key in
            var position = key.baseAddress
            guard let parsed = d2i_PUBKEY(nil, &position, key.count) else { return false }
            defer { EVP_PKEY_free(parsed) }
            guard position == key.baseAddress.map({ $0 + key.count }), fits(parsed, algorithm),
                let context = EVP_MD_CTX_new()
            else { return false }
            defer { EVP_MD_CTX_free(context) }
            guard EVP_DigestVerifyInit(context, nil, digest(algorithm), nil, parsed) == 1 else { return false }
            return signature.withUnsafeBufferPointer { signature in
                message.withUnsafeBufferPointer { message in
                    EVP_DigestVerify(
                        context, signature.baseAddress, signature.count, message.baseAddress, message.count) == 1
                }
            }
        }
    }

    /// Keys too short to be trusted with a signature are refused.
    private static func fits(_ key: OpaquePointer, _ algorithm: SignatureAlgorithm) -> Bool {
        switch algorithm.family {
        case .ecdsa: EVP_PKEY_id(key) == EVP_PKEY_EC && EVP_PKEY_bits(key) >= 256
        case .rsa: EVP_PKEY_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) >= 2_048
        case .ed25519: EVP_PKEY_id(key) == EVP_PKEY_ED25519
        }
    }

    private static func digest(_ algorithm: SignatureAlgorithm) -> OpaquePointer? {
        switch algorithm {
        case .ecdsaSHA256, .rsaSHA256: EVP_sha256()
        case .ecdsaSHA384, .rsaSHA384: EVP_sha384()
        case .ecdsaSHA512, .rsaSHA512: EVP_sha512()
        case .ed25519: nil
        }
    }
}

#include "common/sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

void sha256(struct span bytes, unsigned char digest[SHA256_BYTES])
{
    SHA256((const unsigned char *)bytes.at, bytes.len, digest);
}

bool sha256_equal(const unsigned char a[SHA256_BYTES], const unsigned char b[SHA256_BYTES])
{
    return CRYPTO_memcmp(a, b, SHA256_BYTES) == 0;
}

/* sha256: SHA-256 (FIPS 180-4) of bytes. The one door to libcrypto. */
#pragma once

#include "common/span.h"

enum { SHA256_BYTES = 32 };

void sha256(struct span bytes, unsigned char digest[SHA256_BYTES]);

/* Whether both are the same, in a time that tells nothing of where they differ. */
bool sha256_equal(const unsigned char a[SHA256_BYTES], const unsigned char b[SHA256_BYTES]);

/* base64: bytes as text (RFC 4648, section 4). */
#pragma once

#include "common/buf.h"

void buf_base64(struct buf *buf, struct span bytes);

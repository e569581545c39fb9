/* SPDX-License-Identifier: MIT
 * Any bytes as a target, fields, a head or a body: the size stays, and so does every byte that is not masked. */
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "text/text_mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span raw = span_of((const char *)data, size);

	for (int what = 0; what <= TEXT_MASK_BODY; what++) {
		char *own;
		struct span got = text_mask((enum text_mask_what)what, raw, TEXT_MASK, &own);
		CHECK(got.n == size);
		for (size_t i = 0; i < size; i++)
			CHECK(got.p[i] == raw.p[i] || got.p[i] == '*' || got.p[i] == '0');
		free(own);
	}
	return 0;
}

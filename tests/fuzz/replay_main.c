/* SPDX-License-Identifier: MIT
 * A main for fuzz targets without libFuzzer: gives them every file of the folders named as arguments. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *path, size_t size)
{
	/* Exactly as large as the input, so that the sanitizer sees a read past its end. */
	uint8_t *data = malloc(size ? size : 1);
	FILE *f = fopen(path, "rb");
	int bad = !data || !f || fread(data, 1, size, f) != size;

	if (bad)
		fprintf(stderr, "cannot read %s\n", path);
	else
		LLVMFuzzerTestOneInput(data, size);
	if (f)
		fclose(f);
	free(data);
	return bad;
}

static int
replay_folder(const char *folder, unsigned *count)
{
	struct dirent **names;
	struct stat st;
	char path[4096];
	int bad = 0, n = scandir(folder, &names, NULL, alphasort);

	if (n < 0) {
		perror(folder);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		free(names[i]);
		if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		bad |= replay_file(path, (size_t)st.st_size);
		(*count)++;
	}
	free(names);
	return bad;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad |= replay_folder(argv[i], &count);
	printf("%u inputs\n", count);
	return bad || count == 0;
}

/* One pass of expat over a file, with handlers that count elements, attributes and bytes of text: the floor of any
   reader that uses a conforming parser. Prints the counts and the seconds of the pass, by clock and by processor. */

#include <expat.h>
#include <stdio.h>
#include <time.h>

struct counts { long elements, attributes, text_bytes; };

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes) {
    struct counts *counts = data;
    (void)name;
    counts->elements++;
    for (; *attributes; attributes += 2) counts->attributes++;
}

static void XMLCALL on_end(void *data, const XML_Char *name) { (void)data; (void)name; }

static void XMLCALL on_text(void *data, const XML_Char *text, int size) {
    (void)text;
    ((struct counts *)data)->text_bytes += size;
}

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

int main(int count, char **words) {
    struct counts counts = {0, 0, 0};
    FILE *file = count == 2 ? fopen(words[1], "rb") : NULL;
    XML_Parser parser = XML_ParserCreate(NULL);
    if (!file || !parser) return 2;
    XML_SetUserData(parser, &counts);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (int last = 0; !last;) {
        void *buffer = XML_GetBuffer(parser, 1 << 16);
        size_t size = buffer ? fread(buffer, 1, 1 << 16, file) : 0;
        last = size < 1 << 16;
        if (!buffer || XML_ParseBuffer(parser, (int)size, last) == XML_STATUS_ERROR) return 3;
    }
    printf("%ld %ld %ld %.6f %.6f\n", counts.elements, counts.attributes, counts.text_bytes,
           now(CLOCK_MONOTONIC) - wall, now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    return 0;
}

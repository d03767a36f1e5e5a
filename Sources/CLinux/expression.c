// POSIX regular expressions, which Swift can't import: regex_t is incomplete in musl.
#include "CLinuxCommand.h"

#include <regex.h>
#include <stdlib.h>

struct linux_expression {
    regex_t compiled;
};

linux_expression *linux_expression_new(const char *text) {
    linux_expression *made = malloc(sizeof *made);
    if (made != NULL && regcomp(&made->compiled, text, REG_EXTENDED | REG_NOSUB) == 0) return made;
    free(made);
    return NULL;
}

int linux_expression_matches(const linux_expression *expression, const char *line) {
    return regexec(&expression->compiled, line, 0, NULL, 0) == 0;
}

void linux_expression_free(linux_expression *expression) {
    if (expression == NULL) return;
    regfree(&expression->compiled);
    free(expression);
}

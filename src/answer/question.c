/* question: what a lab's handout asks, as its description has it. */
#include "question.h"

#include <stdio.h>

bool
question_find(const struct description *description, size_t index,
              struct question *question)
{
    char section[128];
    question->name = description_section(description, "question", index);
    if (!question->name)
        return false;
    snprintf(section, sizeof section, "question %s", question->name);
    question->asks = description_value(description, section, "asks");
    question->key = description_value(description, section, "key");
    question->variant = description_value(description, section, "variant");
    if (!question->asks)
        question->asks = "";
    if (!question->key)
        question->key = "";
    return true;
}

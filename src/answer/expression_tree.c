/* expression_tree: the nodes of an expression, and how they are freed. */
#include "expression_tree.h"

#include <stdlib.h>

#include "../expect/notation_line.h"

static void
reference_free(struct reference *reference)
{
    if (reference)
        line_clear(&reference->line);
    free(reference);
}

void
node_free(struct node *node)
{
    if (!node)
        return;
    node_free(node->left);
    node_free(node->right);
    reference_free(node->line);
    reference_free(node->after);
    reference_free(node->before);
    free(node);
}

void
expression_free(struct expression *expression)
{
    if (!expression)
        return;
    for (size_t i = 0; i < expression->count; i++)
        node_free(expression->values[i]);
    free(expression->values);
    free(expression->text);
    free(expression);
}

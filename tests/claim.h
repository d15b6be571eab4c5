/* claim: what every cmocka test needs, in the order cmocka wants it. */
#ifndef TCPLAB_TESTS_CLAIM_H
#define TCPLAB_TESTS_CLAIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif

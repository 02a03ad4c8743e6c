/* SPDX-License-Identifier: MIT */
/* A shared object with one function; built twice, as alpha and as beta, with the same layout. */
#include "truth.h"
#include "spin.h"

#define SPIN_(name) SPIN(name)
#define CODE_(name) code_of_##name
#define CODE(name) CODE_(name)

SPIN_(SPIN_NAME);

const struct code *plugged_code(void)
{
	return &CODE(SPIN_NAME);
}

/* SPDX-License-Identifier: MIT */
/*
 * SPIN(name) defines a function that only counts, alone in a section of its own, so that its bounds are known exactly: the
 * linker makes __start_ and __stop_ symbols for a section whose name is a C identifier. Every SPIN has the same machine code,
 * so two files that differ in the name alone have the same layout; this is what makes a wrong name possible. CODE_FILE, the
 * name of the file that is being built, comes from the compiler's command line.
 */
#pragma once
#include <stdint.h>

#define SPIN(name)                                                                                                             \
	extern const char __stop_code_##name[];                                                                                \
	__attribute__((noinline, used, section("code_" #name))) void name(uint64_t iterations)                                 \
	{                                                                                                                      \
		while (iterations--)                                                                                           \
			__asm__ volatile("");                                                                                  \
	}                                                                                                                      \
	const struct code code_of_##name = { #name, name, __stop_code_##name, CODE_FILE }

/* SPDX-License-Identifier: MIT */
/* What the kinds of targets share. */
#pragma once
#include "truth.h"
#include "spin.h"

#ifdef IMPOSTOR /* the same layout, other names: what a replaced file looks like to who trusts paths */
#define first impostor_1
#define second impostor_2
#endif
#define SPIN_(name) SPIN(name)
#define CODE_(name) code_of_##name
#define CODE(name) CODE_(name)

struct kind {
	const char *name;
	void (*run)(void);
};

extern char **environ;
extern const char *kind, *self;	/* the kind's name, this program's path */
extern char here[4096];		/* its folder */
extern uint64_t duration_ns;
extern const struct code CODE(first), CODE(second);
extern const struct kind odd_kinds[];

struct text {
	void *page;
	size_t length;
	struct code code;
};

/* Says what failed, and with which errno, and ends the process. */
void fail(const char *what);

/* The path of a file beside this program. */
const char *beside(const char *name);

/* Runs known code and writes the truth of it. */
void spin_for(const struct code *code, uint64_t ns);

void plain(void);
void jit(void);

/* A page of writable, executable memory, anywhere (NULL) or at just that place. */
void *map_code(void *at, int flags);

/* Puts a function there and a line into the process's perf map, opened as `mode` says. */
struct code compile(void *memory, const char *name, const char *mode);

const char *jit_map(void);
void forget_jit_map(void);

/* Loads a library beside this program, or by its path, and gives its code. */
const struct code *plug(const char *name, void **handle);

/* Maps the page of a library's code by hand, at a wanted place or (0) anywhere; the name is kept by hand too, for the unmapped library's is gone. */
struct text map_text(const char *name, void *at);

/* Becomes another program (or this one) of a kind, which keeps the name of this one. */
void again_as(const char *as, const char *program, uint64_t ns);

void copy_file(const char *from, const char *to);

/* Copies this program to /tmp; its path is in COPY too. */
const char *copy_of_self(void);

/* Runs the rest in a child whose pid outside is handed to it, so that the truth speaks of the outer pids. */
void in_child_told_its_outer_pid(void (*rest)(void));

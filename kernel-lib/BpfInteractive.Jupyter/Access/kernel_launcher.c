// The way in for ordinary users: starts the notebook kernel with a few capabilities, and with nothing of the caller's environment.
//
// `bpfi setup-user` compiles this and installs it as root:bpf 0750 with those capabilities on the file. What makes it safe to hand out:
//   - it starts one program, whose path is fixed here, and takes one argument, the connection file;
//   - the environment is made anew: DOTNET_STARTUP_HOOKS, DOTNET_ROOT and LD_PRELOAD of the caller would otherwise run code of theirs with these rights before
//     ours (that they may run code with these rights in a cell is what the group is for; it is then in the notebook, and not hidden in an environment);
//   - no_new_privs: nothing below can gain a right that it was not given here;
//   - the user stays who they are, so that Jupyter can signal the kernel, and files are theirs.
// The capabilities become ambient, so that the kernel, which has none on its file, holds them; it takes them from its own children at once.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef BPFI_PROGRAM
#error "BPFI_PROGRAM, BPFI_ENVIRONMENT and BPFI_CAPABILITIES are given by bpfi setup-user"
#endif

static const unsigned capabilities[] = { BPFI_CAPABILITIES }; // by number
static const char *const program[] = { BPFI_PROGRAM };        // the tool's words
static const char *const own[] = { BPFI_ENVIRONMENT };        // where .NET is, and how the kernel is to run: NAME=VALUE

static int fail(const char *what)
{
    fprintf(stderr, "bpfi launcher: %s: %s\n", what, strerror(errno));
    return 1;
}

static int raise_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct held[2], wanted[2] = {};

    if (syscall(SYS_capget, &header, held))
        return fail("cannot read the capabilities");
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++) {
        unsigned word = capabilities[i] / 32, bit = 1u << capabilities[i] % 32;

        if (!(held[word].permitted & bit)) {
            fprintf(stderr, "bpfi launcher: capability %u is not to be had: the file system may be mounted nosuid, or no_new_privs is set "
                            "(a container or a service without privileges)\n", capabilities[i]);
            return 1;
        }
        wanted[word].permitted |= bit;
        wanted[word].effective |= bit;
        wanted[word].inheritable |= bit;
    }
    if (syscall(SYS_capset, &header, wanted))
        return fail("cannot set the capabilities");
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capabilities[i], 0, 0))
            return fail("cannot keep the capabilities for the kernel");
    return 0;
}

// The pid of the Jupyter that the kernel ends with. A number alone may come from the caller.
static const char *parent_pid(void)
{
    const char *pid = getenv("JPY_PARENT_PID");

    return pid && *pid && strlen(pid) < 11 && pid[strspn(pid, "0123456789")] == '\0' ? pid : NULL;
}

static char *variable(const char *name, const char *value)
{
    char *text;

    if (asprintf(&text, "%s=%s", name, value) < 0)
        abort();
    return text;
}

int main(int argc, char **argv)
{
    const size_t words = sizeof(program) / sizeof(*program);
    const int is_check = argc == 2 && !strcmp(argv[1], "--check");
    const struct rlimit no_core = { 0, 0 }; // a dump may hold what only these rights could read
    char *command[sizeof(program) / sizeof(*program) + 4] = {};
    char *environment[sizeof(own) / sizeof(*own) + 16] = {};
    size_t count = 0;
    struct passwd *user;

    if (argc != 2 || (argv[1][0] == '-' && !is_check)) {
        fprintf(stderr, "usage: %s CONNECTION_FILE (Jupyter calls this)\n", argv[0]);
        return 2;
    }
    if (getuid() == 0 || getuid() != geteuid()) {
        fprintf(stderr, "bpfi launcher: for ordinary users; root starts the tool itself\n");
        return 1;
    }
    user = getpwuid(getuid());
    if (!user)
        return fail("no entry for this user");
    if (raise_capabilities())
        return 1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return fail("cannot set no_new_privs");
    if (setrlimit(RLIMIT_CORE, &no_core))
        return fail("cannot forbid core dumps");
    syscall(SYS_close_range, 3, ~0u, 0); // the caller's other descriptors; absent before Linux 5.9, where Jupyter's are closed anyway

    environment[count++] = "PATH=/usr/local/bin:/usr/bin:/bin";
    environment[count++] = "LANG=C.UTF-8";
    environment[count++] = variable("HOME", user->pw_dir);
    environment[count++] = variable("USER", user->pw_name);
    environment[count++] = variable("LOGNAME", user->pw_name);
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        environment[count++] = (char *)own[i];
    environment[count++] = "DOTNET_EnableDiagnostics=0"; // its socket lets any process of the user load code
    environment[count++] = "DOTNET_CLI_TELEMETRY_OPTOUT=1";
    if (parent_pid())
        environment[count++] = variable("JPY_PARENT_PID", parent_pid());

    for (size_t i = 0; i < words; i++)
        command[i] = (char *)program[i];
    if (is_check) {
        command[words] = "--version";
    } else {
        command[words] = "jupyter";
        command[words + 1] = "kernel";
        command[words + 2] = argv[1];
    }
    execve(command[0], command, environment);
    return fail(command[0]);
}

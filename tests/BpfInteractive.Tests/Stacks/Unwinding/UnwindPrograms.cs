namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>Programs with stacks of every kind, which go on until they are killed.</summary>
internal static class UnwindPrograms
{
    /// <summary>Recursion, callbacks through the C library, tail calls, alloca, realigned stacks, many registers, noreturn calls at a function's end.</summary>
    internal const string C = """
        #define _GNU_SOURCE
        #include <alloca.h>
        #include <math.h>
        #include <setjmp.h>
        #include <stdarg.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #define KEEP __attribute__((noinline, noclone))
        static volatile unsigned long sink;
        static jmp_buf home;
        static volatile int one = 1;

        KEEP static unsigned long spin(unsigned long n) { unsigned long s = n; for (int i = 0; i < 20; i++) s = s * 6364136223846793005ul + (s >> 3); return s; }
        KEEP static unsigned long tail_to(unsigned long n) { sink += n; return spin(n + 1); }
        KEEP static unsigned long deep(int n) { return n ? deep(n - 1) * 3 + spin(n) : tail_to(n); }
        static int compare(const void *a, const void *b) { sink += spin(*(const int *)a); return *(const int *)a - *(const int *)b; }
        KEEP static void sort(void) { int v[64]; for (int i = 0; i < 64; i++) v[i] = (int)spin(i) & 1023; qsort(v, 64, sizeof(*v), compare); sink += v[5]; }
        KEEP static void variable(int n) { char *p = alloca(n * 16 + 16); memset(p, n, n * 16 + 16); sink += spin(p[n]); }
        KEEP static void aligned(int n) { char v[128] __attribute__((aligned(64))); memset(v, n, 128); char *p = alloca(n + 32); p[n] = v[n & 127]; sink += spin(p[n]) + deep(3); }
        KEEP static double sums(double a, double b, double c, int n) { double s = 0; for (int i = 1; i < n; i++) s += sin(a * i) * pow(b, c / i) + strtod("1.25e3", 0); return s; }
        KEEP static void text(const char *format, ...) { char line[256]; va_list list; va_start(list, format); sink += vsnprintf(line, sizeof(line), format, list); va_end(list); }
        KEEP __attribute__((noreturn)) static void leave(int n) { spin(n); longjmp(home, n + 1); }
        KEEP static int perhaps(int n) { if (n > 5 || one) leave(n); return n; }
        KEEP static unsigned long many(long a, long b, long c, long d, long e, long f, long g, long h) { long t = spin(a) ^ spin(b), u = spin(c) ^ spin(d), v = spin(e) ^ spin(f), w = spin(g) ^ spin(h), x = deep(2); return t + u * 3 + v * 5 + w * 7 + x * a * b * c * d; }

        int main(void)
        {
            for (int n = 0;; n = (n + 1) & 15) {
                sink += deep(n + 1);
                variable(n);
                aligned(n);
        #ifndef OWN_CODE
                sort();
                sink += (unsigned long)sums(n, n + 1, n + 2, 5);
                text("%d %s %f %lx", n, "text", n / 3.0, sink);
                if (!setjmp(home))
                    perhaps(n);
        #endif
                sink += many(n, 2, 3, 4, 5, 6, 7, 8);
        #ifndef OWN_CODE
                free(malloc(n * 100 + 1));
        #endif
            }
        }
        """;

    internal const string Cxx = """
        #include <algorithm>
        #include <functional>
        #include <map>
        #include <stdexcept>
        #include <string>
        #include <vector>
        static volatile unsigned long sink;
        struct Guard { std::string text; explicit Guard(int n) : text(n, 'x') {} ~Guard() { sink = sink + text.size(); } };
        __attribute__((noinline)) static int deep(int n) { Guard guard(n + 20); if (!n) throw std::runtime_error("deep"); return deep(n - 1) + 1; }
        int main()
        {
            for (int round = 0;; round++) {
                try { sink = sink + deep(round & 7); } catch (const std::exception &error) { sink = sink + error.what()[0]; }
                std::vector<std::string> words; for (int i = 0; i < 50; i++) words.push_back(std::to_string((i * 7919) % 101));
                std::function<bool(const std::string &, const std::string &)> less = [&](const std::string &a, const std::string &b) { sink = sink + 1; return a < b; };
                std::sort(words.begin(), words.end(), less);
                std::map<std::string, int> counts; for (auto &word : words) counts[word]++;
                sink = sink + counts.size();
            }
        }
        """;

    internal const string Signals = """
        #define _GNU_SOURCE
        #include <signal.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/time.h>
        static volatile unsigned long sink;
        __attribute__((noinline)) static unsigned long spin(unsigned long n, int times) { for (int i = 0; i < times; i++) n = n * 6364136223846793005ul + (n >> 3); return n; }
        __attribute__((noinline)) static void inner(int n) { if (n) { inner(n - 1); sink++; } else sink += spin(n, 200000); }
        static void on_signal(int number) { inner(3); sink += number; }
        __attribute__((noinline)) static unsigned long work(int n) { return n ? work(n - 1) + spin(n, 100) : 1; }
        int main(int count, char **arguments)
        {
            struct sigaction action = { .sa_handler = on_signal };
            if (count > 1 && !strcmp(arguments[1], "alternate")) {
                stack_t stack = { .ss_sp = malloc(1 << 16), .ss_size = 1 << 16 };
                sigaltstack(&stack, 0);
                action.sa_flags = SA_ONSTACK;
            }
            sigaction(SIGPROF, &action, 0);
            struct itimerval each = { { 0, 1000 }, { 0, 1000 } };
            setitimer(ITIMER_PROF, &each, 0);
            for (;;)
                sink += work(20);
        }
        """;

    internal const string Clock = """
        #include <time.h>
        static volatile unsigned long sink;
        __attribute__((noinline)) static void ask(int n) { struct timespec now; if (n) { ask(n - 1); sink++; } else for (int i = 0; i < 100; i++) { clock_gettime(CLOCK_MONOTONIC, &now); sink += now.tv_nsec; } }
        int main(void) { for (;;) ask(4); }
        """;

    internal const string Go = """
        package main

        import (
            "fmt"
            "sort"
            "strings"
        )

        var sink int

        //go:noinline
        func deep(n int) int {
            if n == 0 {
                return len(strings.Repeat("x", 50))
            }
            return deep(n-1) + 1
        }

        func main() {
            for {
                words := []string{}
                for i := 0; i < 100; i++ {
                    words = append(words, fmt.Sprintf("%d-%s", i*7919%101, "word"))
                }
                sort.Slice(words, func(a, b int) bool { sink++; return words[a] < words[b] })
                sink += deep(30)
            }
        }
        """;
}

/* SPDX-License-Identifier: Apache-2.0 OR MIT */
int tool_bench(int argc, char **argv);
int tool_bench(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}

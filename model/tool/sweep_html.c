/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "sweep.h"

#include <inttypes.h>
#include <string.h>

enum { WIDTH = 720, HEIGHT = 320, LEFT = 70, BOTTOM = 40, TOP = 20, RIGHT = 20, COLORS = 8 };

static const char *const colors[COLORS] = {"#1b6ca8", "#c1440e", "#2e7d32", "#6a1b9a",
                                           "#8d6e00", "#00838f", "#ad1457", "#455a64"};

static void escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
}

/* Rows of one line: of the same trace, with the same values of all parameters but the first. */
static bool same_line(const struct sweep_table *t, const struct sweep_row *a,
                      const struct sweep_row *b)
{
    for (uint32_t p = 1; p < t->parameters; p++)
        if (a->parameter[p] != b->parameter[p])
            return false;
    return !strcmp(a->trace, b->trace);
}

static bool begins_line(const struct sweep_table *t, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (same_line(t, &t->rows[i], &t->rows[row]))
            return false;
    return true;
}

static uint64_t x_of(const struct sweep_row *row)
{
    return row->parameter[0];
}

struct scale {
    double least, most; /* of the first parameter, as a logarithm where it is positive */
    bool logarithmic;
    double top; /* of the metric */
};

/* Base 2, by hand: no mathematics library is needed for a plot. */
static double log_of(uint64_t value)
{
    unsigned n = 0;
    uint64_t v = value;
    while (v > 1) {
        v >>= 1;
        n++;
    }
    return n + (double)value / (double)(UINT64_C(1) << n) - 1;
}

static double position(const struct scale *s, uint64_t value)
{
    const double v = s->logarithmic ? log_of(value) : (double)value;
    return LEFT + (s->most > s->least ? (v - s->least) / (s->most - s->least) : 0.5) *
                      (WIDTH - LEFT - RIGHT);
}

static double height(const struct scale *s, uint64_t value)
{
    return HEIGHT - BOTTOM - (s->top > 0 ? (double)value / s->top : 0) * (HEIGHT - BOTTOM - TOP);
}

static struct scale scale_of(const struct sweep_table *t, const enum sweep_metric *metrics,
                             unsigned count)
{
    struct scale s = {.logarithmic = true};
    for (size_t i = 0; i < t->count; i++)
        s.logarithmic &= x_of(&t->rows[i]) > 0;
    for (size_t i = 0; i < t->count; i++) {
        const uint64_t x = x_of(&t->rows[i]);
        const double v = s.logarithmic ? log_of(x) : (double)x;
        if (!i || v < s.least)
            s.least = v;
        if (!i || v > s.most)
            s.most = v;
        for (unsigned m = 0; m < count; m++)
            if ((double)t->rows[i].metric[metrics[m]] > s.top)
                s.top = (double)t->rows[i].metric[metrics[m]];
    }
    return s;
}

static void axes(FILE *out, const struct sweep_table *t, const struct scale *s)
{
    fprintf(out, "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#888\"/>", LEFT, TOP,
            HEIGHT - BOTTOM, WIDTH - RIGHT);
    for (unsigned i = 0; i <= 4; i++) {
        const uint64_t value = (uint64_t)(s->top * i / 4);
        fprintf(out,
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%" PRIu64 "</text>"
                "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>",
                LEFT - 6, height(s, value) + 4, value, LEFT, height(s, value), WIDTH - RIGHT);
    }
    for (size_t i = 0; i < t->count; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first &= x_of(&t->rows[k]) != x_of(&t->rows[i]);
        if (first)
            fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%" PRIu64 "</text>",
                    position(s, x_of(&t->rows[i])), HEIGHT - BOTTOM + 16, x_of(&t->rows[i]));
    }
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", (WIDTH + LEFT) / 2, HEIGHT - 6);
    escaped(out, t->name[0]);
    fputs("</text>", out);
}

static void line_of(FILE *out, const struct sweep_table *t, const struct scale *s, size_t row,
                    enum sweep_metric metric, const char *style)
{
    fputs("<polyline fill=\"none\" ", out);
    fputs(style, out);
    fputs(" points=\"", out);
    for (size_t i = row; i < t->count; i++)
        if (same_line(t, &t->rows[row], &t->rows[i]))
            fprintf(out, "%.1f,%.1f ", position(s, x_of(&t->rows[i])),
                    height(s, t->rows[i].metric[metric]));
    fputs("\"/>", out);
}

static void plot(FILE *out, const struct sweep_table *t, const char *title,
                 const enum sweep_metric *metrics, unsigned count)
{
    static const char *const dashes[] = {"", " stroke-dasharray=\"6 3\""};
    const struct scale s = scale_of(t, metrics, count);
    unsigned line = 0;
    fprintf(out, "<h2>%s</h2><svg viewBox=\"0 0 %d %d\" role=\"img\">", title, WIDTH, HEIGHT);
    axes(out, t, &s);
    for (size_t i = 0; i < t->count; i++) {
        if (!begins_line(t, i))
            continue;
        for (unsigned m = 0; m < count; m++) {
            char style[96];
            snprintf(style, sizeof style, "stroke-width=\"2\" stroke=\"%s\"%s",
                     colors[line % COLORS], dashes[m & 1]);
            line_of(out, t, &s, i, metrics[m], style);
        }
        line++;
    }
    fputs("</svg>\n", out);
}

static void line_name(FILE *out, const struct sweep_table *t, size_t row)
{
    escaped(out, t->rows[row].trace);
    for (uint32_t p = 1; p < t->parameters; p++) {
        fputs(", ", out);
        escaped(out, t->name[p]);
        fprintf(out, " = %" PRIu64, t->rows[row].parameter[p]);
    }
}

static void legend(FILE *out, const struct sweep_table *t)
{
    unsigned line = 0;
    fputs("<ul>", out);
    for (size_t i = 0; i < t->count; i++) {
        if (!begins_line(t, i))
            continue;
        fprintf(out, "<li><span style=\"background:%s\"></span>", colors[line++ % COLORS]);
        line_name(out, t, i);
        fputs("</li>", out);
    }
    fputs("</ul>\n", out);
}

static void numbers(FILE *out, const struct sweep_table *t)
{
    fputs("<table><tr><th>point</th><th>trace</th>", out);
    for (uint32_t p = 0; p < t->parameters; p++) {
        fputs("<th>", out);
        escaped(out, t->name[p]);
        fputs("</th>", out);
    }
    for (unsigned m = 0; m < SWEEP_METRICS; m++)
        fprintf(out, "<th>%s</th>", sweep_metric_name((enum sweep_metric)m));
    fputs("</tr>\n", out);
    for (size_t i = 0; i < t->count; i++) {
        const struct sweep_row *row = &t->rows[i];
        fprintf(out, "<tr><td>%" PRIu64 "</td><td>", row->point);
        escaped(out, row->trace);
        fputs("</td>", out);
        for (uint32_t p = 0; p < t->parameters; p++)
            fprintf(out, "<td>%" PRIu64 "</td>", row->parameter[p]);
        for (unsigned m = 0; m < SWEEP_METRICS; m++)
            fprintf(out, "<td>%" PRIu64 "</td>", row->metric[m]);
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
}

void sweep_write_svg(FILE *out, const struct sweep_table *t)
{
    const enum sweep_metric metric = SWEEP_THROUGHPUT;
    unsigned line = 0;
    if (!t->parameters || !t->count)
        return;
    const struct scale s = scale_of(t, &metric, 1);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "font-family=\"sans-serif\" font-size=\"11\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDTH, HEIGHT);
    axes(out, t, &s);
    for (size_t i = 0; i < t->count; i++) {
        char style[64];
        if (!begins_line(t, i))
            continue;
        snprintf(style, sizeof style, "stroke-width=\"2\" stroke=\"%s\"", colors[line % COLORS]);
        fputc('\n', out);
        line_of(out, t, &s, i, metric, style);
        fprintf(out, "<text x=\"%d\" y=\"%u\" fill=\"%s\" text-anchor=\"end\">", WIDTH - RIGHT - 4,
                TOP + 14 * (line + 1), colors[line % COLORS]);
        line_name(out, t, i);
        fputs("</text>", out);
        line++;
    }
    fputs("\n</svg>\n", out);
}

void sweep_write_html(FILE *out, const struct sweep_table *t)
{
    static const enum sweep_metric throughput[] = {SWEEP_THROUGHPUT};
    static const enum sweep_metric latency[] = {SWEEP_LATENCY_P50, SWEEP_LATENCY_P99};
    static const enum sweep_metric messages[] = {SWEEP_MSI_P50, SWEEP_MSI_P99};
    bool any = false;
    for (size_t i = 0; i < t->count; i++)
        any |= t->rows[i].metric[SWEEP_MSI_P99] != 0;
    fputs("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Doorbell sweep</title>"
          "<style>body{font:14px sans-serif;max-width:960px;margin:2em auto;padding:0 1em}"
          "svg{width:100%}svg text{font-size:11px;fill:#444}ul{list-style:none;padding:0}"
          "li span{display:inline-block;width:1em;height:.6em;margin-right:.5em}"
          "table{border-collapse:collapse;font-size:11px;display:block;overflow-x:auto}"
          "td,th{border:1px solid #ccc;padding:2px 6px;text-align:right}</style>\n"
          "<h1>Doorbell sweep</h1>\n",
          out);
    if (t->parameters && t->count) {
        legend(out, t);
        plot(out, t, "Bytes in 1000 cycles", throughput, 1);
        plot(out, t, "Cycles of an access: median, and 99 of 100 (dashed)", latency, 2);
        if (any)
            plot(out, t, "Cycles from an MSI to its LPI pending: median, and 99 of 100 (dashed)",
                 messages, 2);
    }
    numbers(out, t);
    fputs("</html>\n", out);
}

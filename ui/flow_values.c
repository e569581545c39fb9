/* SPDX-License-Identifier: MIT
 * Frequency tables of field values. */
#include "ui/flow_values.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "flow/flow_store.h"

/* A name that is too long is that of no field that can be counted. */
static struct span
values_name(const struct flow_values_of *of)
{
	return of->name.n < FLOW_VALUE_TEXT_MAX ? of->name : SPAN_NONE;
}

bool
flow_values_is(const struct flow_values *v, const struct flow_values_of *of)
{
	return v->store && v->field == of->field && v->names == of->names && span_ieq(span_str(v->name), values_name(of));
}

void
flow_values_begin(struct flow_values *v, struct flow_store *store, const struct flow_values_of *of)
{
	struct span name = values_name(of);

	flow_values_end(v);
	flow_subject_init(&v->subject);
	v->store = store;
	v->field = of->field;
	v->names = of->names;
	memcpy(v->name, name.n ? name.p : "", name.n);
	v->name[name.n] = '\0';
	v->at = flow_store_last(store);
	v->first = flow_store_first(store);
	if (v->at >= FLOW_VALUES_FLOWS && v->first <= v->at - FLOW_VALUES_FLOWS)
		v->first = v->at - FLOW_VALUES_FLOWS + 1;
	memset(v->with, 0, sizeof v->with);
	v->n = 0;
}

void
flow_values_end(struct flow_values *v)
{
	if (v->store)
		flow_subject_fini(&v->subject);
	v->store = NULL;
}

bool
flow_values_counts(enum match_type type)
{
	return type != MATCH_T_HEADER && type != MATCH_T_BODY;
}

static bool
flow_values_collects(const struct match_field_info *field)
{
	switch (field->type) {
	case MATCH_T_STATUS:
	case MATCH_T_TEXT:
	case MATCH_T_VERSION:
		return true;
	case MATCH_T_NUMBER:
		return field->field == MATCH_F_PORT;
	default:
		return false;
	}
}

/* A type without its parameters: those are never meant. */
static struct span
value_shown(const struct match_field_info *field, struct span text)
{
	const char *end = field->field == MATCH_F_TYPE ? memchr(text.p, ';', text.n) : NULL;
	size_t n = end ? (size_t)(end - text.p) : text.n;

	while (n && text.p[n - 1] == ' ')
		n--;
	return span_of(text.p, n);
}

static void
value_count(struct flow_values *v, struct span text)
{
	unsigned i = 0;

	text = value_shown(v->field, text);
	if (!text.n || text.n >= FLOW_VALUE_TEXT_MAX)
		return;
	while (i < v->n && !span_eq(span_of(v->value[i].text, v->value[i].n), text))
		i++;
	if (i == FLOW_VALUES_MAX)
		return;
	if (i == v->n) {
		v->value[v->n++] = (struct flow_value){.n = (unsigned)text.n};
		memcpy(v->value[i].text, text.p, text.n);
	}
	v->value[i].count += v->value[i].last != v->subject.flow->number;
	v->value[i].last = v->subject.flow->number;
}

static void
name_count(struct flow_values *v, struct span name)
{
	char small[FLOW_VALUE_TEXT_MAX];

	if (name.n >= sizeof small)
		return;
	for (size_t i = 0; i < name.n; i++)
		small[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) : name.p[i];
	value_count(v, span_of(small, name.n));
}

/* Of one message; a name or a value that it has several times is counted once a flow. */
static void
header_count(struct flow_values *v, const struct match_subject *s, enum match_dir dir)
{
	struct span name, value;

	for (unsigned i = 0; i < FLOW_VALUES_LINES && s->ops->header(s->arg, dir, i, &name, &value) == MATCH_PRESENT; i++) {
		if (v->names)
			name_count(v, name);
		else if (span_ieq(name, span_str(v->name)))
			value_count(v, value);
	}
}

static void
headers_count(struct flow_values *v, const struct match_subject *s)
{
	enum match_dir dir = match_field_dir(v->field->field);

	if (!v->names && !v->name[0])
		return;
	if (dir != MATCH_RESPONSE)
		header_count(v, s, MATCH_REQUEST);
	if (dir != MATCH_REQUEST)
		header_count(v, s, MATCH_RESPONSE);
}

static void
field_count(struct flow_values *v, const struct match_subject *s, const struct match_field_info *field)
{
	struct span text;
	int64_t number;
	bool flag = false;
	char digits[24];

	switch (field->type) {
	case MATCH_T_HEADER:
	case MATCH_T_BODY:
		return;
	case MATCH_T_FLAG:
		v->with[field->field] += s->ops->flag(s->arg, field->field, &flag) == MATCH_PRESENT && flag;
		return;
	case MATCH_T_TEXT:
	case MATCH_T_VERSION:
		if (s->ops->text(s->arg, field->field, &text) != MATCH_PRESENT)
			return;
		break;
	default:
		if (s->ops->number(s->arg, field->field, &number) != MATCH_PRESENT)
			return;
		snprintf(digits, sizeof digits, "%lld", (long long)number);
		text = span_str(digits);
	}
	v->with[field->field]++;
	if (v->field && v->field->field == field->field && flow_values_collects(field))
		value_count(v, text);
}

bool
flow_values_turn(struct flow_values *v, uint64_t end_ns)
{
	if (!v->store || v->at < v->first)
		return false;
	do {
		const struct flow *f = flow_store_find(v->store, v->at--);
		if (!f)
			continue;
		struct match_subject s = flow_subject_of(&v->subject, f, FLOW_MISSING_ABSENT);
		for (unsigned i = 0; i < MATCH_FIELD_COUNT; i++)
			field_count(v, &s, &match_fields[i]);
		if (v->field && v->field->type == MATCH_T_HEADER)
			headers_count(v, &s);
	} while (v->at >= v->first && clock_mono_ns() < end_ns);
	return true;
}

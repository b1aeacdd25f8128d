"""Reads a scrape on standard input as both of prometheus_client's parsers do, and prints its samples as JSON."""

import json
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

text = sys.stdin.read()


def samples(families):
    return sorted(
        ([family.type, sample.name, sample.labels, sample.value] for family in families for sample in family.samples),
        key=json.dumps,
    )


strict = samples(openmetrics_parser.text_string_to_metric_families(text))
older = samples(parser.text_string_to_metric_families(text))
assert strict == older, (strict, older)
assert strict, "no sample"
print(json.dumps(strict))

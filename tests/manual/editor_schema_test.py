"""campaigns/schema.json takes every campaign that comes with nxmc, and refuses what nxmc refuses.

Usage: editor_schema_test.py CAMPAIGNS
"""

import json
import re
import sys
import unittest
from pathlib import Path

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"skipped: {error}; apt-get install python3-jsonschema python3-yaml")
    sys.exit(77)

CAMPAIGNS = Path(sys.argv.pop(1))


class Yaml12(yaml.SafeLoader):
    """Numbers as YAML 1.2 and editors read them: 1e-3 is one."""


Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"), list("-+.0123456789")
)

VALIDATOR = jsonschema.Draft7Validator(json.loads((CAMPAIGNS / "schema.json").read_text()))
# Of the words of 1.1 only these are booleans: `off` is a text.
Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"] for first, resolvers in Yaml12.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def is_valid(text: str) -> bool:
    return VALIDATOR.is_valid(yaml.load(text, Yaml12))


def with_scan(keys: str) -> str:
    return "name: x\nscans:\n  - {name: a, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -20" + keys + "}\n"


class EditorSchema(unittest.TestCase):
    def test_is_a_schema(self) -> None:
        jsonschema.Draft7Validator.check_schema(VALIDATOR.schema)

    def test_takes_every_campaign(self) -> None:
        files = sorted(file for file in CAMPAIGNS.rglob("*.yaml") if file.parent.name != "materials")
        self.assertGreaterEqual(len(files), 10)
        for file in files:
            errors = [error.message for error in VALIDATOR.iter_errors(yaml.load(file.read_text(), Yaml12))]
            self.assertEqual(errors, [], file)

    def test_takes_what_is_written_in_other_ways(self) -> None:
        for keys in (
            "",
            ", shell_layers: [1, 2], shell_stiffness: {from: 1, to: 3, step: 1}",
            ", max_events: 1e6",
            ", exchange_until: 0",
            ", rates: {diffusion: 0}",
            ", interaction: {elastic: 1, ising: 0.3}",
            ", zip: [[size, temperature], [lattice, delta_mu]]",
            ", times: {from: 1e-3, to: 100, points: 51, scale: log}",
        ):
            self.assertTrue(is_valid(with_scan(keys)), keys)

    def test_refuses_what_is_wrong(self) -> None:
        for keys in (
            ", shel_stiffness: 1",
            ", hamiltonian: exactly",
            ", shell_layers: -1",
            ", shell_layers: 1.5",
            ", shell_stiffness: 0",
            ", shell_stiffness: 1e7",
            ", replicas: 0",
            ", replicas: many",
            ", max_events: 0",
            ", times: []",
            ", times: {from: 1, to: 2}",
            ", times: {from: 1, to: 2, step: 1, points: 2}",
            ", times: {from: 1, to: 2, step: 1, scale: log}",
            ", interaction: {ising: 0.3}",
            ", zip: [size]",
            ", zip: [size, replicas]",
        ):
            self.assertFalse(is_valid(with_scan(keys)), keys)
        self.assertFalse(is_valid("name: x\n"))
        self.assertFalse(is_valid("name: x\nscans: []\n"))
        self.assertFalse(is_valid("name: x\nseeds: 1\nscans: [{name: a}]\n"))
        self.assertFalse(is_valid("name: x\ndefaults: {zip: [size, temperature]}\nscans: [{name: a}]\n"))


if __name__ == "__main__":
    unittest.main()

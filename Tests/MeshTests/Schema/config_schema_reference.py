"""Validates configurations against Schemas/config.schema.json with the jsonschema package.

check               whether the package is there
validate SCHEMA     reads lines "accept<TAB>document" and "refuse<TAB>document", writes a line for each that is judged
                    otherwise, and "judged N" at the end
"""

import json
import sys


def main():
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        return 1
    if sys.argv[1] == "check":
        return 0
    with open(sys.argv[2], encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    count = 0
    for line in sys.stdin:
        wanted, document = line.rstrip("\n").split("\t", 1)
        document = json.loads(document)
        is_valid = validator.is_valid(document)
        if is_valid != (wanted == "accept"):
            reason = ""
            if not is_valid:
                error = next(validator.iter_errors(document))
                reason = f"{error.json_path}: {error.message[:300]}"
            print(f"{wanted} expected: {reason or json.dumps(document)[:600]}")
        count += 1
    print(f"judged {count}")
    return 0


sys.exit(main())

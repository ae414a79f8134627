"""`python -m locales extract | update | compile | check`."""

import sys

from locales import LANGUAGES
from locales.catalogue import TEMPLATE, compile_all, extract, faults, po_path, text, update


def main(arguments: list[str]) -> int:
    match arguments:
        case ["extract"]:
            TEMPLATE.write_bytes(text(extract()))
        case ["update"]:
            template = extract()
            TEMPLATE.write_bytes(text(template))
            for language in LANGUAGES:
                po_path(language).parent.mkdir(parents=True, exist_ok=True)
                po_path(language).write_bytes(text(update(language, template)))
        case ["compile"]:
            compile_all()
        case ["check"]:
            found = list(faults())
            sys.stdout.write("\n".join(found or ["Both catalogues are whole."]) + "\n")
            return 1 if found else 0
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the checks of the house share: finding files, blanking comments, reading .def rows, saying
what was found. A check is a program with find(root) -> faults and plant(root), which writes a small
tree with faults in it; `--self-test` shows that these are caught and `--root DIR` checks another
tree."""
import os
import re
import sys
import tempfile

FOLDERS = ("src", "fuzz", "tests", "bench", "tools")
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(root, endings, folders=FOLDERS):
    """Paths below root, relative, sorted."""
    found = []
    for folder in folders:
        for at, names, leaves in os.walk(os.path.join(root, folder)):
            names[:] = [n for n in names if not n.startswith((".", "build", "__"))]
            found += [os.path.relpath(os.path.join(at, n), root) for n in leaves
                      if n.endswith(endings)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def blank(text, strings=True):
    """The text with comments, and strings too, overwritten by blanks; lines stay where they are."""
    def cover(match):
        token = match[0]
        if token[0] in "\"'" and not strings:
            return token
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(cover, text)


def rows(text, macro):
    """The rows MACRO(a, b, ...) of a .def file: (line, [argument...]); joined strings are one."""
    text = blank(text, strings=False)
    found = []
    for start in re.finditer(r"^%s\(" % macro, text, re.M):
        depth, at, argument, arguments = 1, start.end(), "", []
        while depth > 0 and at < len(text):
            token = TOKEN.match(text, at)
            piece = token[0] if token else text[at]
            at += len(piece)
            depth += {"(": 1, ")": -1}.get(piece, 0)
            if depth == 0 or (depth == 1 and piece == ","):
                arguments.append(re.sub(r'"\s+"', "", argument.strip()))
                argument = ""
            else:
                argument += piece
        found.append((text.count("\n", 0, start.start()) + 1, arguments))
    return found


def main(find, plant, caught):
    """find(root) gives sentences; caught: a part of each sentence the planted tree must give."""
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        with tempfile.TemporaryDirectory() as root:
            plant(root)
            said = list(find(root))
        missed = [part for part in caught if not any(part in sentence for sentence in said)]
        for part in missed:
            print("a planted fault went unseen: %s" % part)
        if len(said) != len(caught):
            print("%d faults planted, %d found:" % (len(caught), len(said)), *said, sep="\n  ")
        return 1 if missed or len(said) != len(caught) else 0
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    if len(arguments) == 2 and arguments[0] == "--root":
        root = arguments[1]
    elif arguments:
        print("usage: %s [--self-test | --root DIR]" % os.path.basename(sys.argv[0]))
        return 2
    said = list(find(root))
    for sentence in said:
        print(sentence)
    return 1 if said else 0

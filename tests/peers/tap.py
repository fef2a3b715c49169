"""Cases that print a line each as TAP, for the tests beside this file."""
import sys
import traceback


class Skip(Exception):
    """This case cannot be tried here; the text says why."""


class Tap:
    def __init__(self):
        self.number, self.failed = 0, 0

    def case(self, name, function, *arguments):
        """Run it; it fails by raising anything, and is left out by raising Skip."""
        self.number += 1
        try:
            function(*arguments)
        except Skip as reason:
            print("ok %d - %s # SKIP %s" % (self.number, name, reason), flush=True)
        except Exception as error:  # pylint: disable=broad-except
            self.failed += 1
            print("not ok %d - %s" % (self.number, name))
            words = str(error) if str(error) else traceback.format_exc()
            for line in words.splitlines():
                print("# " + line)
            sys.stdout.flush()
        else:
            print("ok %d - %s" % (self.number, name), flush=True)

    def end(self):
        print("1..%d" % self.number, flush=True)
        return 1 if self.failed else 0


def check(truth, words):
    if not truth:
        raise AssertionError(words)

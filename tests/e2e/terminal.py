"""What stands on an 80x25 terminal after some output: enough of a VT100 for firmware, iPXE's menu
and the Debian installer, so that a demo or a failed case can show the screen a person would see."""
import re

CONTROL = re.compile(r"\x1b(?:\[([0-9;?]*)([A-Za-z@])|([()])(.)|([78=>DEHM]))|([\r\n\b\t\x0e\x0f])")
LINES = dict(zip("lqkxmjtuwvna", "┌─┐│└┘├┤┬┴┼▒"))


class Terminal:
    def __init__(self, columns=80, rows=25):
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.drawing = False

    def feed(self, text):
        at = 0
        for found in CONTROL.finditer(text):
            self._print(text[at:found.start()])
            at = found.end()
            if found[2]:
                self._sequence(found[1], found[2])
            elif found[3]:
                self.drawing = found[3] == "(" and found[4] == "0"
            elif found[6]:
                self._simple(found[6])
        self._print(text[at:])
        return self

    def shown(self):
        return "\n".join("".join(row).rstrip() for row in self.cells).strip("\n")

    def _print(self, text):
        for char in text:
            if not char.isprintable():
                continue
            if self.column >= self.columns:
                self.column = 0
                self._down()
            self.cells[self.row][self.column] = LINES.get(char, char) if self.drawing else char
            self.column += 1

    def _down(self):
        if self.row + 1 < self.rows:
            self.row += 1
        else:
            self.cells = self.cells[1:] + [[" "] * self.columns]

    def _simple(self, char):
        if char == "\n":
            self._down()
        elif char == "\r":
            self.column = 0
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char == "\t":
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        else:
            self.drawing = char == "\x0e"

    def _sequence(self, parameters, letter):
        numbers = [int(n) if n.isdigit() else 0 for n in parameters.lstrip("?").split(";")]
        first = numbers[0] or 1
        if letter in "Hf":
            self.row = min(self.rows, first) - 1
            self.column = min(self.columns, (numbers + [1])[1] or 1) - 1
        elif letter == "A":
            self.row = max(0, self.row - first)
        elif letter == "B":
            self.row = min(self.rows - 1, self.row + first)
        elif letter == "C":
            self.column = min(self.columns - 1, self.column + first)
        elif letter == "D":
            self.column = max(0, self.column - first)
        elif letter == "G":
            self.column = min(self.columns, first) - 1
        elif letter == "d":
            self.row = min(self.rows, first) - 1
        elif letter == "J":
            self._erase_screen(numbers[0])
        elif letter == "K":
            self._erase_line(self.row, numbers[0])

    def _erase_line(self, row, how):
        begin, end = {0: (self.column, self.columns), 1: (0, self.column + 1)}.get(
            how, (0, self.columns))
        for column in range(begin, min(end, self.columns)):
            self.cells[row][column] = " "

    def _erase_screen(self, how):
        self._erase_line(self.row, how)
        for row in range(self.rows):
            if how == 2 or (how == 0 and row > self.row) or (how == 1 and row < self.row):
                self._erase_line(row, 2)

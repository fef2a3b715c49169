"""The same as case_windows under BIOS, where iPXE hands the files over as one archive."""
import case_windows

TITLE = "Windows PE by wimboot under BIOS: all is handed over, drivers by the machine's devices"
KINDS = ("bios",)


def run(trial):
    return case_windows.boot(trial, "bios", case_windows.make_bios_stand_in)

"""Every limit of the protocol, its unit in its name. Both sides read the same numbers (P6, P12, P13, P15, P23)."""

from typing import Final

INTEGER_MAX: Final = 2**53 - 1
COUNT_MAX: Final = 2**31 - 1

FIELD_NAME_BYTES_MAX: Final = 64
VALUE_BYTES_MAX: Final = 8 * 1024
VALUE_DEPTH_MAX: Final = 4
OPERATION_BYTES_MAX: Final = 32 * 1024

BATCH_OPERATIONS_MAX: Final = 100
BODY_BYTES_MAX: Final = 4 * 1024 * 1024
PULL_RECORDS_MAX: Final = 500
CURSORS_MAX: Final = 500
HELD_LISTED_MAX: Final = 1_000

CLAMP_AHEAD_MS: Final = 300_000
FIRST_PULL_WINDOW_DAYS: Final = 30

PHOTO_BYTES_MAX: Final = 2 * 1024 * 1024
PHOTO_PIXELS_MAX: Final = 24_000_000

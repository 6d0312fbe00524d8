"""What a `Call` computes; most names are Jinja's and Airflow's."""

from __future__ import annotations

from enum import StrEnum


class Function(StrEnum):
    """A function of values; what it takes stands beside it where its name doesn't say it."""

    DEFAULT = "default"
    DEFAULT_IF_FALSE = "default(…, true)"
    LOWER = "lower"
    UPPER = "upper"
    TRIM = "trim"  # text, letters
    REPLACE = "replace"  # text, old, new, count
    JOIN = "join"  # list, separator
    STARTS_WITH = "startswith"
    ENDS_WITH = "endswith"
    STRING = "string"
    TO_JSON = "tojson"
    FROM_JSON = "macros.json.loads"
    INT = "int"  # value, default
    FLOAT = "float"  # value, default
    LENGTH = "length"
    ROUND = "round"  # number, literal precision, literal method
    BATCH_TEXT = "batch_text"
    WHOLE_NUMBER = "whole_number"
    IF = "if"
    AND = "and"
    OR = "or"
    NOT = "not"
    TRUTH = "truth"
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    FLOOR_DIVIDE = "//"
    MODULO = "%"
    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    CONTAINS = "in"  # text or list, what it holds
    IS_DEFINED = "is defined"
    IS_NONE = "is none"
    IS_TEXT = "is string"
    IS_NUMBER = "is number"
    IS_BOOLEAN = "is boolean"
    IS_MAPPING = "is mapping"
    GET = ".get()"  # value, literal key, default
    PART = "subscript"  # value, literal key
    CHAIN = "lists in one"  # lists
    OR_NONE = "list, of [None] for an empty one"
    ZIP = "zip"  # lists
    PRODUCT = "all combinations"  # literal list of names, a list for each
    PULLED = "xcom_pull of a mapped task"  # the list of all values
    DATE = "ds"
    DATE_NODASH = "ds_nodash"
    TIMESTAMP = "ts"
    TIMESTAMP_NODASH = "ts_nodash"
    TIMESTAMP_NODASH_WITH_TZ = "ts_nodash_with_tz"
    LOGICAL_DATE_TEXT = "logical_date"
    FORMAT_DATE = "strftime"  # moment, literal format
    ADD_DAYS = "macros.ds_add"  # text, whole number
    MOMENT = "a date and time"  # text
    LATER = "a later moment"  # moment, literal milliseconds
    TEXTS = "texts of a list"
    TEXTS_BY_NAME = "texts of a mapping"
    DOUBLED_BRACES = "text with its braces doubled"
    WITHOUT_SLASHES = "text without slashes at its end"
    # What machines need beside a DAG's own expressions.
    TIME = "time of milliseconds"
    S3_BUCKET = "bucket of an S3 URI"
    S3_KEY = "key of an S3 URI"
    S3_HOOK_KEY = "key of an S3 URI as Airflow's S3Hook takes it"  # text
    HAS_ITEMS = "list with items"
    ENDED_IN = "end of a task"  # variable, literal list of ways
    ANY_ENDED = "ends of all items"  # outputs, literal name, literal way
    ALL_OF = "results of all items"  # outputs, literal name

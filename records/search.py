"""Full-text search: an index beside each kind of record, kept by the database itself.

SQLite has an FTS5 table over the table of the kind, PostgreSQL a narrow table of ``tsvector``
with a GIN index. Triggers write them in the transaction of any change, whoever makes it. They are
made and looked after by ``keep_indexes`` after each run of ``migrate``, not by migrations: SQLite
drops the triggers of a table that a migration remakes.

An index knows nothing of who may see a record. Whoever asks it narrows the answer with
``visible_to``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pages.cursors import Key, Sort
from records import words
from records.changes import LOG, everything_changed
from records.words import Query, Term

BOUND = 1000
"""Records that one search ranks by relevance."""


RELEVANT = Sort("relevance", _("Most relevant first"), (Key("position", int),))
"""The order of a list while words are searched for; a place is a number in it."""


def note_of_bound(total: int) -> list[str]:
    """What to say of ``total`` records in the order of relevance."""
    if total <= BOUND:
        return []
    return [
        gettext("The newest %(number)s are ordered by relevance, all others follow by date.")
        % {"number": number_format(BOUND, force_grouping=True)}
    ]


class TextIndex:
    """The words of one kind of record.

    ``model`` is its label (``lessons.Lesson``). A word in ``titles`` weighs most, one in
    ``summaries`` more than one in ``texts``; all three name columns of the model.
    """

    WEIGHTS = (8.0, 3.0, 1.0)

    def __init__(
        self,
        model: str,
        *,
        titles: Sequence[str],
        summaries: Sequence[str] = (),
        texts: Sequence[str] = (),
    ) -> None:
        self.label = model
        self.titles, self.summaries, self.texts = tuple(titles), tuple(summaries), tuple(texts)

    @property
    def model(self) -> Any:
        return apps.get_model(self.label)

    @property
    def content(self) -> str:
        """The table of the records."""
        return str(self.model._meta.db_table)

    @property
    def table(self) -> str:
        """The table of the index."""
        return f"{self.content}_words"

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.titles, *self.summaries, *self.texts)

    # --- Asking -----------------------------------------------------------------------------

    def matching(self, query: Query) -> list[int]:
        """The ids of all records that match, whoever may see them."""
        if query.is_empty:
            return []
        # As one value: a row for each id takes five times as long to fetch.
        select, values = self._select(query)
        if is_postgresql(connection):
            sql = f"SELECT '[' || coalesce(string_agg(id::text, ','), '') || ']' FROM ({select}) AS found"
        else:
            sql = f"SELECT json_group_array(rowid) FROM ({select})"
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            ids: list[int] = json.loads(cursor.fetchone()[0])
            return ids

    def condition(self, query: Query, *, titles: bool = False) -> Q:
        """The records that match, for ``filter``; ``titles`` looks at the titles alone."""
        if query.is_empty:
            return Q(pk__in=[])
        return Q(pk__in=RawSQL(*self._select(query, titles=titles)))  # noqa: S611 - bound values

    def _select(self, query: Query, *, titles: bool = False) -> tuple[str, list[Any]]:
        if is_postgresql(connection):
            return f"SELECT id FROM {self.table}_{'titled' if titles else 'found'}(%s) AS id", [
                tsquery(query)
            ]
        sql = f"SELECT rowid FROM {self.table} WHERE {self.table} MATCH %s"
        columns = f"{{{' '.join(self.titles)}}} : " if titles else ""
        return sql, [f"{columns}({fts5(query)})"]

    def ranked(self, query: Query, ids: Sequence[int]) -> list[int]:
        """``ids`` (at most ``BOUND``, all of which match) by relevance, equals newest first."""
        return ranked(query, {self: ids})[self]

    def scores(self, query: Query, ids: Sequence[int]) -> tuple[str, list[Any]]:
        """A statement for the ids with their scores, the best ones lowest."""
        if is_postgresql(connection):
            most = max(self.WEIGHTS)
            c, b, a = (weight / most for weight in reversed(self.WEIGHTS))
            sql = (
                f"SELECT id, -ts_rank('{{0, {c}, {b}, {a}}}', doc, to_tsquery('simple', %s), 1)"
                f" FROM {self.table} WHERE id = ANY(%s)"
            )
            return sql, [tsquery(query), list(ids)]
        # The bounds let FTS5 walk a stretch of its lists; the plus keeps it from starting anew
        # for each id, which would count the records with each word every time.
        sql = (
            f"SELECT rowid, bm25({self.table}, {self._weights}) FROM {self.table}"
            f" WHERE {self.table} MATCH %s"
            " AND rowid BETWEEN %s AND %s AND +rowid IN (SELECT value FROM json_each(%s))"
        )
        return sql, [fts5(query), min(ids), max(ids), json.dumps(list(ids))]

    def snippets(self, query: Query, ids: Sequence[int]) -> dict[int, SafeString]:
        """The best stretch of each record's texts as HTML, found words marked.

        A record whose words stand in its titles alone is left out.
        """
        if query.is_empty or not ids:
            return {}
        rows = self.model._base_manager.filter(pk__in=list(ids)).values_list(
            "pk", *self.summaries, *self.texts
        )
        found = {pk: words.snippet(query, texts) for pk, *texts in rows}
        return {pk: one for pk, one in found.items() if one}

    def snippet(self, query: Query, record: Any) -> SafeString:
        """The same for one record that is there already."""
        return words.snippet(
            query, (getattr(record, name) for name in (*self.summaries, *self.texts))
        )

    def frequencies(self, asked: Sequence[str], most: int) -> dict[str, int]:
        """In how many records each of some folded words occurs; more than ``most`` is one more."""
        if not asked:
            return {}
        count = self._count_postgresql if is_postgresql(connection) else self._count_sqlite
        with connection.cursor() as cursor:
            cursor.execute(*count(asked, most))
            return {str(word): number for word, number in cursor.fetchall()}

    def _count_sqlite(self, asked: Sequence[str], most: int) -> tuple[str, list[Any]]:
        # A subquery of its own: SQLite takes no limit in a part of a union.
        one = (
            "SELECT %s, (SELECT count(*) FROM (SELECT 1 FROM"
            f" {self.table} WHERE {self.table} MATCH %s LIMIT {most + 1}))"
        )
        values = [part for word in asked for part in (word, f'"{word}"')]
        return " UNION ALL ".join([one] * len(asked)), values

    def _count_postgresql(self, asked: Sequence[str], most: int) -> tuple[str, list[Any]]:
        # An index gives all of a word's records or none, so common words are known by the
        # statistics that the planner keeps, and only the others are counted.
        sql = f"""
            WITH known AS (
                SELECT common.word, common.share * greatest(class.reltuples, 0) AS number
                FROM pg_stats AS stats
                JOIN pg_class AS class ON class.oid = to_regclass(stats.tablename)
                CROSS JOIN unnest(
                    stats.most_common_elems::text::text[], stats.most_common_elem_freqs
                ) AS common (word, share)
                WHERE stats.schemaname = current_schema()
                  AND stats.tablename = %s AND stats.attname = 'doc'
            )
            SELECT asked.word, CASE
                WHEN known.number > {most} THEN {most + 1}
                ELSE (SELECT count(*) FROM {self.table}_found(quote_literal(asked.word)))
            END
            FROM unnest(%s::text[]) AS asked (word) LEFT JOIN known ON known.word = asked.word"""
        return sql, [self.table, list(asked)]

    # --- Keeping ----------------------------------------------------------------------------

    @property
    def _weights(self) -> str:
        kinds = (self.titles, self.summaries, self.texts)
        return ", ".join(
            str(weight)
            for weight, names in zip(self.WEIGHTS, kinds, strict=True)
            for _name in names
        )

    def keep(self, using: str) -> None:
        """Make the index if it is missing or made otherwise, fill it if it may have missed any."""
        database = connections[using]
        make = self._keep_postgresql if is_postgresql(database) else self._keep_sqlite
        with transaction.atomic(using), database.cursor() as cursor:
            columns = {
                column.name
                for column in (
                    database.introspection.get_table_description(cursor, self.content)
                    if self.content in database.introspection.table_names(cursor)
                    else ()
                )
            }
            if columns.issuperset(self.columns):
                if make(cursor) and LOG in database.introspection.table_names(cursor):
                    # What was found before may be kept somewhere.
                    kind = str(self.model._meta.model_name)
                    cursor.execute(*everything_changed(kind, database.vendor))
            else:  # migrated back to before there was anything to search
                cursor.execute(f"DROP TABLE IF EXISTS {self.table}")

    def _keep_sqlite(self, cursor: Any) -> bool:
        """Whether the index was filled anew; so does the other."""
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        present = dict(cursor.fetchall())
        stale = False
        definition = self._fts5_table()
        if present.get(self.table) != definition:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}")
            cursor.execute(definition)
            cursor.execute(
                f"INSERT INTO {self.table} ({self.table}, rank)"
                f" VALUES ('rank', 'bm25({self._weights})')"
            )
            stale = True
        for name, trigger in self._fts5_triggers():
            if present.get(name) != trigger:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(trigger)
                stale = True
        stale = stale or self._is_empty(cursor, f"{self.table}_docsize")
        if stale:
            cursor.execute(f"INSERT INTO {self.table} ({self.table}) VALUES ('rebuild')")
        return stale

    def _fts5_table(self) -> str:
        return (
            f"CREATE VIRTUAL TABLE {self.table} USING fts5({', '.join(self.columns)},"
            f" content='{self.content}', content_rowid='id', prefix='2 3',"
            """ tokenize="unicode61 remove_diacritics 2 categories 'L* N* M* Co'")"""
        )

    def _fts5_triggers(self) -> Iterator[tuple[str, str]]:
        names = ", ".join(self.columns)

        def row(which: str) -> str:
            return ", ".join(f"{which}.{name}" for name in ("id", *self.columns))

        gone = f"INSERT INTO {self.table} ({self.table}, rowid, {names}) VALUES ('delete', {row('old')});"
        come = f"INSERT INTO {self.table} (rowid, {names}) VALUES ({row('new')});"
        differ = " OR ".join(f"old.{name} IS NOT new.{name}" for name in ("id", *self.columns))
        for deed, when, body in (
            ("insert", "", come),
            ("delete", "", gone),
            ("update", f" WHEN {differ}", f"{gone} {come}"),
        ):
            name = f"{self.table}_{deed}"
            yield (
                name,
                f"CREATE TRIGGER {name} AFTER {deed.upper()} ON {self.content}{when}"
                f" BEGIN {body} END",
            )

    def _keep_postgresql(self, cursor: Any) -> bool:
        cursor.execute(WORDS_FUNCTION)
        cursor.execute(DOC_FUNCTION)
        triggers = dict(self._triggers())
        functions = [
            self._function(),
            self._finder("found", "doc"),
            self._finder("titled", "titles"),
        ]
        definition = "".join([WORDS_FUNCTION, DOC_FUNCTION, *functions, *triggers.values()])
        mark = hashlib.sha256(definition.encode()).hexdigest()
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [self.table])
        stale = cursor.fetchone() != (mark,)
        if stale:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}")
            cursor.execute(
                f"CREATE TABLE {self.table}"
                " (id bigint PRIMARY KEY, doc tsvector NOT NULL, titles tsvector NOT NULL)"
            )
            cursor.execute(f"COMMENT ON TABLE {self.table} IS '{mark}'")
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled = 'O'",
            [self.content],
        )
        if stale or not triggers.keys() <= {name for (name,) in cursor.fetchall()}:
            for function in functions:
                cursor.execute(function)
            for name, trigger in triggers.items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {self.content}")
                cursor.execute(trigger)
            stale = True
        stale = stale or self._is_empty(cursor, self.table)
        if stale:
            for column in ("doc", "titles"):
                cursor.execute(f"DROP INDEX IF EXISTS {self.table}_{column}")
            cursor.execute(f"TRUNCATE {self.table}")
            cursor.execute(
                f"INSERT INTO {self.table} (id, doc, titles) SELECT r.id, {self._docs('r')}"
                f" FROM {self.content} AS r"
            )
            for column in ("doc", "titles"):
                # Without a list of pending entries, which every search would have to read.
                cursor.execute(
                    f"CREATE INDEX {self.table}_{column} ON {self.table} USING gin ({column})"
                    " WITH (fastupdate = off)"
                )
            cursor.execute(f"ANALYZE {self.table}")
        return stale

    def _finder(self, name: str, column: str) -> str:
        """A function that always goes by the index.

        Long documents lie outside their table, and the planner, who does not count what fetching
        them costs, would rather read them all.
        """
        return f"""
            CREATE OR REPLACE FUNCTION {self.table}_{name}(asked text) RETURNS SETOF bigint
            LANGUAGE sql STABLE SET enable_seqscan = off AS $$
                SELECT id FROM {self.table} WHERE {column} @@ to_tsquery('simple', asked)
            $$"""

    def _docs(self, row: str) -> str:
        """The two documents of ``row``, of all its texts and of its titles."""
        titles, summaries, texts = (
            f"concat_ws(' ', {', '.join(f'{row}.{name}' for name in names)})" if names else "''"
            for names in (self.titles, self.summaries, self.texts)
        )
        return (
            f"lindero_doc({titles}, {summaries}, {texts}),"
            f" to_tsvector('simple', lindero_words({titles}))"
        )

    def _function(self) -> str:
        return f"""
            CREATE OR REPLACE FUNCTION {self.table}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'TRUNCATE' THEN
                    DELETE FROM {self.table};
                ELSIF TG_OP = 'DELETE' THEN
                    DELETE FROM {self.table} WHERE id = OLD.id;
                ELSE
                    IF TG_OP = 'UPDATE' AND OLD.id <> NEW.id THEN
                        DELETE FROM {self.table} WHERE id = OLD.id;
                    END IF;
                    INSERT INTO {self.table} (id, doc, titles) VALUES (NEW.id, {self._docs("NEW")})
                    ON CONFLICT (id) DO UPDATE SET doc = EXCLUDED.doc, titles = EXCLUDED.titles;
                END IF;
                RETURN NULL;
            END $$"""

    def _triggers(self) -> Iterator[tuple[str, str]]:
        differ = " OR ".join(
            f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in ("id", *self.columns)
        )
        for deed, each in (
            ("insert", "ROW"),
            ("delete", "ROW"),
            ("update", f"ROW WHEN ({differ})"),
            ("truncate", "STATEMENT"),
        ):
            name = f"{self.table}_{deed}"
            yield (
                name,
                f"CREATE TRIGGER {name} AFTER {deed.upper()} ON {self.content}"
                f" FOR EACH {each} EXECUTE FUNCTION {self.table}_keep()",
            )

    def _is_empty(self, cursor: Any, table: str) -> bool:
        """Whether there are records and none of them is in the index."""
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM {self.content}) AND NOT EXISTS (SELECT 1 FROM {table})"
        )
        return bool(cursor.fetchone()[0])


def ranked(query: Query, found: Mapping[TextIndex, Sequence[int]]) -> dict[TextIndex, list[int]]:
    """The ids found in each index by relevance, equals newest first; one statement for all."""
    parts, values = [], []
    asked = [index for index, ids in found.items() if ids and not query.is_empty]
    for number, index in enumerate(asked):
        sql, bound = index.scores(query, found[index])
        parts.append(f"SELECT {number}, scored.* FROM ({sql}) AS scored")
        values += bound
    rows: list[tuple[int, int, float]] = []
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            rows = sorted(cursor.fetchall(), key=lambda row: (row[2], -row[1]))
    order: dict[TextIndex, list[int]] = {index: [] for index in found}
    for number, pk, _score in rows:
        order[asked[number]].append(pk)
    return order


def keep_indexes(using: str = DEFAULT_DB_ALIAS, **_of_the_signal: Any) -> None:
    """See to the ``text_indexes`` that apps name, after each ``migrate``; mostly nothing to do."""
    for app in apps.get_app_configs():
        for index in getattr(app, "text_indexes", ()):
            index.keep(using)


def is_postgresql(database: Any) -> bool:
    return bool(database.vendor == "postgresql")


# --- A query in the language of each database ---------------------------------------------------


def fts5(query: Query) -> str:
    """For FTS5: every word in quotes, so that none is taken for an operator.

    FTS5 folds accents of Latin letters only. Other words are looked for as they were typed, too.
    """

    def written(term: Term) -> str:
        ways = filter(None, (term.words, term.typed))
        return " OR ".join(f'"{" ".join(way)}"' + (" *" if term.goes_on else "") for way in ways)

    return _combined(query, written, "AND", "OR", "NOT")


def tsquery(query: Query) -> str:
    """For ``to_tsquery``: folded words hold no quote and no backslash."""

    def written(term: Term) -> str:
        return " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.goes_on else "")

    return _combined(query, written, "&", "|", "& !")


def _combined(query: Query, written: Any, both: str, either: str, without: str) -> str:
    wanted = [f"({written(term)})" for term in query.wanted]
    if query.least is not None and query.least < len(wanted):
        some = (f"({f' {both} '.join(few)})" for few in combinations(wanted, query.least))
        found = f" {either} ".join(some)
    else:
        found = f" {both} ".join(wanted)
    if not query.unwanted:
        return found
    left_out = f" {either} ".join(f"({written(term)})" for term in query.unwanted)
    return f"({found}) {without} ({left_out})"


PUNCTUATION = r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~""" + "«»“”„‘’–—…·•"
WORDS_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION lindero_words(given text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT translate(
            regexp_replace(normalize(given, NFD), '[\\u0300-\\u036f]', '', 'g'),
            '{PUNCTUATION.replace("'", "''")}ς',
            '{" " * len(PUNCTUATION)}σ'
        )
    $$"""
"""What ``records.words.words_of`` does to a text, as far as the parser does not.

Without punctuation the parser sees words and figures, but no addresses, paths or signed numbers.
"""
DOC_FUNCTION = """
    CREATE OR REPLACE FUNCTION lindero_doc(titles text, summaries text, texts text)
    RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    BEGIN
        RETURN setweight(to_tsvector('simple', lindero_words(titles)), 'A')
            || setweight(to_tsvector('simple', lindero_words(summaries)), 'B')
            || setweight(to_tsvector('simple', lindero_words(texts)), 'C');
    EXCEPTION WHEN program_limit_exceeded THEN
        -- A tsvector holds 1 MB: of longer texts the beginnings are found.
        RETURN setweight(to_tsvector('simple', lindero_words(titles)), 'A')
            || setweight(to_tsvector('simple', lindero_words(left(summaries, 50000))), 'B')
            || setweight(to_tsvector('simple', lindero_words(left(texts, 50000))), 'C');
    END $$"""

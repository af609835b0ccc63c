"""Full-text search. What is stored already counts as not indexed, so the housekeeping of the next server finds it."""

# ruff: noqa: S608 - names of tables are no values
from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import chat.models.search

TABLE, FTS = "chat_messagetext", "chat_messagetext_fts"
# The words are split by blanks already, and to `ascii` everything else is a letter. Sizes are for ranking, which is by time.
SQLITE = (
    f"""CREATE VIRTUAL TABLE {FTS} USING fts5(
        words, content='{TABLE}', content_rowid='id', tokenize='ascii', prefix='2 3', columnsize=0)""",
    f"""CREATE TRIGGER {FTS}_insert AFTER INSERT ON {TABLE} BEGIN
        INSERT INTO {FTS} (rowid, words) VALUES (new.id, new.words); END""",
    f"""CREATE TRIGGER {FTS}_delete AFTER DELETE ON {TABLE} BEGIN
        INSERT INTO {FTS} ({FTS}, rowid, words) VALUES ('delete', old.id, old.words); END""",
    f"""CREATE TRIGGER {FTS}_update AFTER UPDATE ON {TABLE} BEGIN
        INSERT INTO {FTS} ({FTS}, rowid, words) VALUES ('delete', old.id, old.words);
        INSERT INTO {FTS} (rowid, words) VALUES (new.id, new.words); END""",
)
POSTGRESQL = (f"CREATE INDEX {TABLE}_words ON {TABLE} USING gin (words)",)


def make_index(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TABLE {FTS}")


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0011_attachments"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="title_words",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="message",
            name="is_indexed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("title_words", "")), fields=["id"], name="conversation_unindexed"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("is_indexed", False)), fields=["id"], name="message_unindexed"
            ),
        ),
        migrations.CreateModel(
            name="MessageText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", chat.models.search.WordsField()),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="chat.conversation",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chat.message"
                    ),
                ),
            ],
        ),
        migrations.RunPython(make_index, drop_index),
    ]

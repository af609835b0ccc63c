"""What ships with Maestro about a vendor's models: dated data in a file of the vendor's package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

import msgspec

from providers.model_info import ModelInfo

# Releases carry their date: 20251001 or 2025-10-01.
_RELEASE_DATE = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")


class Catalogue(msgspec.Struct, frozen=True):
    """Ids are without release dates; `find` ignores those."""

    models: Mapping[str, ModelInfo]

    @classmethod
    def load(cls, package: str) -> Catalogue:
        """The file `catalogue.json` of `package`."""
        text = files(package).joinpath("catalogue.json").read_bytes()
        return cls({model.id: model for model in msgspec.json.decode(text, type=list[ModelInfo])})

    def find(self, model_id: str) -> ModelInfo | None:
        """The entry for this id, or for its family if the id ends in a release date."""
        exact = self.models.get(model_id)
        if exact is not None:
            return exact
        family = self.models.get(_RELEASE_DATE.sub("", model_id))
        return None if family is None else msgspec.structs.replace(family, id=model_id)

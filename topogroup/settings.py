"""Settings of the service: flags, else `TOPOGROUP_*` in the environment, else `topogroup.toml`, else defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from cim_models import limits
from cim_models.conventions import Conventions
from cim_models.errors import OptionError

FILE = "topogroup.toml"


class Settings(BaseSettings):
    """What the service is told from outside; read once, passed on as values.

    Attributes:
        data_dir: where everything lies that must survive a restart.
        database: URL of the journal; None = `journal.sqlite` in the data directory.
        host: address to listen on; only a loopback address.
        port: port to listen on, 0 = any free one.
        source: name under which the service sends messages.
        p_sign: what positive power means in models that do not say: `load` or `generation`.
        power_unit: unit of powers in models: `W` or `MW`.
        local_crs: coordinate system of positions that name none, such as `EPSG:25832`.
        broken_states: what becomes of an ill-formed state file: `refuse` or `unknown` (its switches are).
        heads_file: heads of feeders for models that are read, YAML; `none` ends what counted until now.
        sources_file: grid sources for models that are read, YAML; `none` likewise.
        import_memory_bytes: address space of the process that reads a model, at most.
        store_query_url, store_update_url, store_graphs_url: a remote RDF store in place of the one at home: its
            addresses of SPARQL Query, Update and the Graph Store Protocol.
        store_token_file: file with the token of the remote store.
        store_on_disk: keep the RDF store at home on disk: slower to ask, there at once after a restart.
    """

    model_config = SettingsConfigDict(env_prefix="TOPOGROUP_", toml_file=FILE, frozen=True, extra="ignore")

    data_dir: Path = Path("topogroup-data")
    database: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8061, ge=0, le=65535)
    source: str = Field(default="topogroup", min_length=1, max_length=100)
    p_sign: str | None = None
    power_unit: str | None = None
    local_crs: str | None = None
    broken_states: str | None = None
    heads_file: Path | None = None
    sources_file: Path | None = None
    import_memory_bytes: int = Field(default=limits.IMPORT_MEMORY_BYTES_MAX, ge=limits.IMPORT_MEMORY_BYTES_MIN)
    store_query_url: str | None = None
    store_update_url: str | None = None
    store_graphs_url: str | None = None
    store_token_file: Path | None = None
    store_on_disk: bool = False

    @property
    def conventions(self) -> Conventions:
        """Return what is said of units, signs and coordinates.

        Raises:
            OptionError: a value is impossible.
        """
        return Conventions(self.p_sign, self.power_unit, self.local_crs, self.broken_states)

    @property
    def given_files(self) -> tuple[Path | None, Path | None]:
        """Return the heads file and the sources file, None = not said."""
        return self.heads_file, self.sources_file

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read_settings(**flags: Any) -> Settings:  # noqa: ANN401 - the values of the fields
    """Read the settings.

    Args:
        flags: what the command line says, None = nothing.

    Returns:
        The settings.

    Raises:
        OptionError: a value is impossible.
    """
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise OptionError("settings", f"The setting {name} is impossible: {first['msg']}.", name) from None
    except ValueError as error:
        raise OptionError("settings", f"{FILE} cannot be read: {error}.", FILE) from error
    _ = settings.conventions  # impossible ones are refused here
    return settings

"""County parcels and open data: one client for the layers that the market files describe.

`layers.py` says what a market file may say, `arcgis.py` and `socrata.py` read a layer, `sweep.py`
keeps the place, `formats.py` reads the rows, `asking.py` knows what a reply means.
"""

from collections.abc import Iterator

from phoenix_re.collect.errors import ContractError, PermanentError
from phoenix_re.collect.source import Found, Session, SourceSpec
from phoenix_re.collect.sources.county_open_data import arcgis, socrata
from phoenix_re.collect.sources.county_open_data.asking import Asking, judge
from phoenix_re.collect.sources.county_open_data.formats import FORMATS
from phoenix_re.collect.sources.county_open_data.layers import HASHED, CountyOptions
from phoenix_re.collect.sources.county_open_data.sweep import Sweep

BASE_URL = "https://gis.mcassessor.maricopa.gov"  # each layer names its own; see `Asking`
_READERS = {"arcgis": arcgis.collect, "socrata": socrata.collect}


def collect(session: Session) -> Iterator[Found]:
    """The layers of the market, one after the other. One that drifted does not keep the others
    from being read; its error is raised at the end."""
    options = session.options(CountyOptions)
    if not options.layers:
        session.note(
            f"{session.market.code}.yaml describes no layers under sources.{session.source}."
            "options.layers: nothing to ask."
        )
    trouble: ContractError | PermanentError | None = None
    for name, layer in options.layers.items():
        sweep = Sweep(session, options, name, layer, session.cursor.setdefault(name, {}))
        if not sweep.is_due:
            continue
        try:
            yield from _READERS[layer.kind](sweep, Asking(session, layer, BASE_URL))
        except (ContractError, PermanentError) as error:
            if trouble is not None:
                session.note(trouble.message)
            trouble = error
    if trouble is not None:
        raise trouble


SPEC = SourceSpec(
    name="county_open_data",
    title="County parcels and open data",
    light="green",
    provides=frozenset({"parcels"}),
    base_url=BASE_URL,
    formats=FORMATS,
    collect=collect,
    judge=judge,
    options=CountyOptions,
    credentials={"socrata_app_token": "SOCRATA_APP_TOKEN"},
    cache_hours={"layer": 6},  # one for all ZIPs; rows that do not add up are read anew
    private=frozenset(
        {
            *("MAIL2", "MAIL3", "MAIL4", "MAIL5", "INCAREOF", "MAIL_ADDRESS", "MAIL_CITY"),
            *("MAIL_STATE", "MAIL_ZIP", "OWNER_ADDRESS_LINE1", "OWNER_ADDRESS_LINE2"),
            *("OWNER_CITY", "OWNER_STATE", "OWNER_ZIP", "py_address"),
            *("contractor_full_name", "contractor_company_name", "contractor_phone"),
            *("applicant_full_name", "applicant_phone"),
        }
    ),
    hashed=HASHED,
)

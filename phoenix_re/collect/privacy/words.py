"""Words that begin sentences of remarks or stand on signs, and words of companies: never names.

Lists only; who uses them is in `names.py`. A word too few masks a place, a word too many misses a
person whose name it is; the list holds what real remarks say after "call", "contact" and "agent".
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_NAMES = _words(
    """
    a about above access accompany account additional after agency agent agents ahead alarm all
    also amazing an and answer any anytime apartment apply appointment appt april are area
    arizona around as asap ask at august auto available ave avenue away back bath bathroom
    beautiful bed bedroom before below best between big bonus both bring broker brokerage
    builder building business buyer buyers by call cell center chandler city club co code
    colorado combo come coming commission community company complete condo confirm contact
    cooperating corner could county court current daily date day days december dedicated deposit
    desert design designated details direct directly do documents door dr dream drive during
    each early easy either elementary email emergency english entry equity escrow essential
    estate estates evening every excellent exclusive explore fantastic february fee fees fence
    fifth final financing find first flexible floor for form free friday from front full
    furnished further future garage gate gated general get gilbert glendale golf great ground
    group guest hablo have he her here high highway him his historic hoa home homes hour hours
    house how hud if immediate immediately in inc including info information inquire inside
    inspection instructions interior is it january join july june just key keys kitchen lake
    land landlord large las last lease leasing lender let light limited line list listing live
    living llc loan local lock lockbox log long lot low luxury main maintenance make management
    manager many map march master may me mesa message mls model monday month monthly more
    morning mortgage mountain move must my near neighborhood nevada new next no north not notice
    november now number october of off offer offers office on one online only open or other our
    out outside own owner owners package park parking party patio pending peoria per pet pets
    phoenix phone photo photos pictures please pool possible preferred previous price principals
    prior private professional program prompt properties property public qualified questions
    quick ranch ready real realtor realtors realty rear recently remarks rent rental report
    request resort road room rooms sale sales same saturday schedule school scottsdale second
    see seller sellers send september service services set several she short show showing
    showings side sign site sold some south southwest special square st state status still stove
    street suite summer sun sunday supra system tax team tempe tenant tenants texas text that
    the their them there these they this thursday time title to today tomorrow top total tour
    town townhome trust tucson tuesday two under unit until up update updated upgrades us use
    valley vegas very video view views village villas virtual visit wait walk want warranty was
    water way we website wednesday week weekend well were west what when where which while will
    window with within wonderful work would yard year yes you your
    """
)
ORGANISATION = _words(
    """
    assn association authority bank builders capital church city club co company construction
    corp country county department development district estate federal fund group hoa holdings
    homes housing inc investments llc llp lp ltd management national of partners properties
    property realty residential school state the trust ventures
    """
)
SUFFIXES = _words("jr sr ii iii iv etal et al tr trustee mr mrs ms dr")

"""What only looks like the home's roof, heating and cooling, or plumbing.

A roof deck, another building's roof, a serviced unit, fixtures: words of `system_words.py` that are
swallowed before a system's name is looked for.
"""

from typing import Final

_OUTBUILDING: Final = (
    r"(?:garage|shed|barn|workshop|shop|casita|studio|sun ?room|porch|patio|carport|pergola|gazebo"
    r"|guest ?house|pool house|ramada|clubhouse|cabana|greenhouse|attic|wine|pool|spa|office|adu"
    r"|(?:arizona|az|bonus) room|car|coop|outbuilding|building|playhouse)"
)
_COOLER: Final = r"(?:hvac|a/?c|mini~splits?|air condition\w{0,3}|furnace)"
_FIXED: Final = (
    r"(?:light\w{0,3}|electric\w{0,3}|elec|door|cabinet|bath\w{0,4}|kitchen|sink|shower)"
)
LOOKALIKES: Final = (
    r"roof~(?:next door|across|down the|tops?(?! (?:units?|package|a/?cs?|hvac|heat|condens))"
    r"|decks?|terraces?|gardens?"
    r"|lines?|vents?|racks?|coat\w{0,4}|re~?coat\w{0,3}"
    r"|inspect\w{0,4}|cert\w{0,10}|repair\w{0,3}|warrant\w{1,3}|overhang|fans?|access|solar"
    r"|patch\w{0,3}|maintenance|decking|tun\w{1,3}|allowance|credit|trusses|pitch|insurance|claim"
    r"|leak\w{0,3}(?! and (?:must|needs?|has|should|will))|serviced?|clean\w{0,3}|mounted|life"
    r"|estimate|bid|quote)"
    r"|roof (?:was |has been |is )?(?:just |recently |newly )?(?:re~?)?(?:coated|sealed|inspected"
    r"|certified|repaired|serviced|cleaned|patched)"
    rf"|roof (?:on|for|over|at|of) (?:the )?(?:\w{{4,9}} )?{_OUTBUILDING}"
    rf"|{_OUTBUILDING}(?:'s)? (?:metal |tile )?roof(?:s|ing)?|(?:green|vented|shed|sun|moon"
    rf"|living|one)~roof"
    r"|(?:(?:water|sewer|supply|drain)(?: main)? )?(?:lines?|mains?|plumbing|piping"
    r"|pipes?) (?:(?:in"
    r"|under|along|down) (?:the |our )?(?:street|road|alley)|(?:to|for|in) (?:the |an? )?"
    r"(?:\w{4,9} )?(?:fridge|refrigerator|ice|outdoor|pool|barn|garden|casita|guest|garage|shop"
    r"|shed|adu|studio|cottage|spa|neighbou?r\w*))"
    r"|under (?:one|the) roof|(?:some|a few|several|missing|broken|damaged|cracked|loose|slipped)"
    r" (?:roof )?(?:tiles?|shingles?)|shingle siding|radiant barrier roof|[a-z]{3,9}~roofed"
    r"|(?:from|off|on|over) (?:the |your )?roof(?! to)|roof to (?:the )?foundation"
    rf"|{_COOLER}(?:'s)? (?:thermostats?|filters?|duct\w{{0,5}}|vents?|zones?|closets?"
    r"|servic\w{1,4}|tune\w{0,3}|maintenance|returns?|controls?|warranty|inspect\w{0,4}"
    r"|repair\w{0,3}|cooled|bills?|costs?|clean\w{0,3}|coils?|ready|register|drain|contract|plan)"
    rf"|{_COOLER} (?:units? |system )?(?:was |has been |is |were )?(?:just |recently "
    r"|regularly )?(?:serviced|cleaned|inspected|maintained|tuned|repaired)"
    rf"|{_OUTBUILDING}~(?:w/|with|has|have|includes?)?~(?:(?:an?|its|own|new|it's|central|window"
    rf"|full|recent) ){{0,3}}(?:{_COOLER}|heat\w{{0,3}} (?:and|&) (?:air|cooling|ac))(?: units?)?"
    rf"|{_COOLER}(?: units?)? (?:in|for|to|at) (?:the |an? )?(?:\w{{4,9}} )?{_OUTBUILDING}"
    r"|window (?:a/?c|units?)(?: units?)?|(?:pool|space|towel|patio) heaters?"
    r"|(?:pool|water) heat~pumps?|heat pump water heaters?"
    r"|air filt\w{1,6}|(?:usable|sq|corner) acs?(?! unit| system)|ac lots?"
    rf"|(?:{_FIXED}~(?:/|&|and|,|\+)~){{1,2}}plumbing~(?:fixtures?|fix|faucets?|hardware)"
    rf"|plumbing~(?:/|&|and|,|\+)~(?:{_FIXED}~(?:/|&|and|,|\+)?~){{1,3}}(?:fixtures?|fix|hardware)"
    r"|(?:updated |new |upgraded )?plumbing[\s,&]{1,3}(?:and )?(?:fixtures?|faucets?|hardware|for"
    r"|to (?:add|install|outdoor|wet)|trim|present|stub\w{0,5}|hook~?ups?|connections?|re~?route"
    r"|leaks?|repair\w{0,3}"
    r"|inspect\w{0,4}|in place|ready|rough\w{0,4}|scope|issues?|access|wall|vents?)"
    r"|(?:grill|kitchen|sink|gas|bar|laundry|pool|rough|future|shower|toilet|softener|irrigation"
    r"|accessible|designer|drip|sprinkler|luxury)[\s/]{1,3}(?:plumbing|piping|pipes|water lines?)"
    r"|(?:stove|vent|exposed|flue|gas|down|organ)~(?:pipes?|piping|lines?)"
    r"|pipes? (?:fenc\w{1,4}|rail|corral|cattle|entry|gate|and cable)|fixtures? \(plumbing"
)

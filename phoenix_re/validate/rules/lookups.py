"""RESO PropertyTypes, grouped by what can be asked of them."""

LEASES = frozenset({"Residential Lease", "Commercial Lease"})
WITHOUT_HOME = frozenset({"Land", "Farm", "Business Opportunity"})

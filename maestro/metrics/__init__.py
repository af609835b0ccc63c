"""`/metrics` for Prometheus. `process` reads what this process counts, `shared` what is true for all of them and stands
in the database, `door` says who may ask. No label holds a user, a name or an id."""

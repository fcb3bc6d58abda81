"""Floor 3: the only home of SQL. Tables, migrations, segments as statements, one file per noun."""

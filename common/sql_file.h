/* sql_file: files of SQLite that keep nothing of what was deleted. Part of the door to SQLite. */
#pragma once

const char *sql_clean_vfs(void); /* the name of the VFS that writes them */

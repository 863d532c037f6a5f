return purge(ARGV[2], ARGV[3])

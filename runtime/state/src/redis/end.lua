return remove(ARGV[2])

package main

// rows are what is measured, in this order.
var rows = []row{
	{
		"fetch-serial", "fetch 100 applications × 7 documents × 300 KB, 100 ms latency, 8 workers",
		"curl, one request a document, one after the other", timesAtLeast(25), fetchAgainstSerial,
	},
	{
		"fetch-parallel", "the same", "curl, one request a document, 8 at once, writing raw JSON", atMost(0.45, "×"), fetchAgainstParallel,
	},
	{
		"fetch-local", "the same, no latency", "the same curl, which neither decodes, hashes nor makes durable", atMost(1.5, "×"), fetchLocally,
	},
	{
		"decode", "decode JSON and base64 and hash twice, in memory", "the two hashes alone, by their speed", timesAtLeast(0.75), decode,
	},
	{"memory-document", "memory: fetch one document of 1 GB, above a fetch of nothing", "", atMost(64, "MB"), memoryOfDocument},
	{"memory-season", "memory: export 1,500 applications, 6 GB, all stages, workers included", "", atMost(256, "MB"), memoryOfSeason},
	{"unchanged", "export 1,500 applications again, nothing new", "", atMost(2, "s"), unchanged},
	{"one-letter", "export 1,500 applications again, one new letter", "", atMost(3, "s"), oneLetter},
	{"packets-qpdf", "a packet of 8 papers, 1 worker", "`qpdf --empty --pages`", atMost(0.3, "×"), packetsAgainst("qpdf")},
	{"packets-mutool", "the same", "`mutool merge`, which drops annotations", atMost(1.5, "×"), packetsAgainst("mutool")},
	{"packets-workers", "24 packets of 8 papers, 2 workers", "1 worker, by their speed", timesAtLeast(1.8), packetsByTwo},
	{"archive", "archive a season", "`zip -0 -r`, by their speed", timesAtLeast(0.8), archiveAgainstZip},
	{
		"export", "export 640 applications × 7 documents, no latency", "curl, then qpdf, then `zip -0`, one after the other",
		atMost(1, "×"), exportAgainstTools,
	},
	{"start", "start: `ejmx version`, above a program that does nothing", "", atMost(15, "ms"), start},
	{"growth", "memory: export seasons of 100 to 6,400 applications, the largest against the smallest", "", atMost(2, "×"), growth},
}

func atMost(limit float64, unit string) goal { return goal{limit: limit, unit: unit} }
func timesAtLeast(limit float64) goal        { return goal{limit: limit, unit: "×", atLeast: true} }

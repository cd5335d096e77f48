/** A format that is refused by its name: how its files begin, and what to do instead. */
export interface ForeignFormat {
  readonly name: string;
  readonly remedy: string;
  /** The first bytes, or what stands at `offset`; letters stand for themselves. */
  readonly begins: readonly string[];
  readonly offset?: number;
}

const unpack = (command: string): string => `unpack it first (${command}), or write it with gzip`;
const fromPython = (call: string): string => `write it as CSV or Parquet from Python: ${call}`;
const fromR = "write it as CSV from R: write.csv(x, file, row.names = FALSE)";

/** Formats of tables and of what is taken for one. In "\x..", one letter is one byte. */
const foreignFormats: readonly ForeignFormat[] = [
  { name: "a zstd file", begins: ["\x28\xb5\x2f\xfd"], remedy: unpack("zstd -d") },
  {
    name: "a bzip2 file",
    begins: ["BZh1", "BZh2", "BZh3", "BZh4", "BZh5", "BZh6", "BZh7", "BZh8", "BZh9"],
    remedy: unpack("bunzip2"),
  },
  { name: "an xz file", begins: ["\xfd7zXZ\0"], remedy: unpack("unxz") },
  { name: "an LZ4 file", begins: ["\x04\x22\x4d\x18"], remedy: unpack("lz4 -d") },
  { name: "a 7-Zip archive", begins: ["7z\xbc\xaf\x27\x1c"], remedy: "unpack it first" },
  { name: "a RAR archive", begins: ["Rar!\x1a\x07"], remedy: "unpack it first" },
  { name: "a file of compress (.Z)", begins: ["\x1f\x9d"], remedy: "unpack it first (uncompress)" },
  { name: "a tar archive", begins: ["ustar"], offset: 257, remedy: "unpack it first (tar -x)" },
  { name: "an old Excel workbook (.xls)", begins: ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"], remedy: "export it as CSV" },
  { name: "an HDF5 file", begins: ["\x89HDF\r\n\x1a\n"], remedy: fromPython("pandas.read_hdf(file).to_csv(…)") },
  {
    name: "a NetCDF file",
    begins: ["CDF\x01", "CDF\x02", "CDF\x05"],
    remedy: fromPython("xarray.open_dataset(file).to_dataframe().to_csv(…)"),
  },
  {
    name: "an SQLite database",
    begins: ["SQLite format 3\0"],
    remedy: "export a table as CSV: sqlite3 -header -csv file 'select …'",
  },
  { name: "a DuckDB database", begins: ["DUCK"], offset: 8, remedy: "export a table: copy t to 't.csv'" },
  {
    name: "an Access database",
    begins: ["\0\x01\0\0Standard Jet DB", "\0\x01\0\0Standard ACE DB"],
    remedy: "export a table as CSV",
  },
  {
    name: "a dump of PostgreSQL",
    begins: ["PGDMP", "PGCOPY\n\xff\r\n\0"],
    remedy: "export a table as CSV: \\copy t to 't.csv' csv header",
  },
  {
    name: "a MATLAB file (.mat)",
    begins: ["MATLAB 5.0 MAT-file", "MATLAB 7.3 MAT-file"],
    remedy: "write it as CSV from MATLAB: writematrix(x, 'x.csv')",
  },
  {
    name: "an R workspace (.RData)",
    begins: ["RDX2\n", "RDX3\n", "RDA2\n", "RDA3\n", "RDB2\n", "RDB3\n"],
    remedy: fromR,
  },
  {
    name: "an R object (.rds)",
    begins: ["X\n\0\0\0\x02", "X\n\0\0\0\x03", "A\n2\n", "A\n3\n", "B\n\x02\0\0\0", "B\n\x03\0\0\0"],
    remedy: fromR,
  },
  {
    name: "a Stata file (.dta)",
    begins: [
      "<stata_dta>",
      "\x71\x02\x01\0",
      "\x72\x02\x01\0",
      "\x73\x02\x01\0",
      "\x71\x01\x01\0",
      "\x72\x01\x01\0",
      "\x73\x01\x01\0",
    ],
    remedy: "write it as CSV from Stata: export delimited",
  },
  { name: "an SPSS file (.sav)", begins: ["$FL2", "$FL3"], remedy: "save it as CSV in SPSS" },
  {
    name: "a SAS file (.sas7bdat)",
    begins: ["\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60"],
    remedy: "write it as CSV in SAS: proc export",
  },
  {
    name: "a SAS transport file (.xpt)",
    begins: ["HEADER RECORD*******"],
    remedy: "write it as CSV in SAS: proc export",
  },
  {
    name: "a pickle of Python",
    begins: ["\x80\x02", "\x80\x03", "\x80\x04\x95", "\x80\x05\x95"],
    remedy: fromPython("pandas.read_pickle(file).to_csv(…)"),
  },
  {
    name: "a Feather file of version 1",
    begins: ["FEA1"],
    remedy: fromPython("pandas.read_feather(file).to_parquet(…)"),
  },
  { name: "an ORC file", begins: ["ORC"], remedy: fromPython("pandas.read_orc(file).to_parquet(…)") },
  { name: "an Avro file", begins: ["Obj\x01"], remedy: "write it as CSV or Parquet" },
  {
    name: "a FITS file",
    begins: ["SIMPLE  = "],
    remedy: fromPython("astropy.table.Table.read(file).write(…, format='csv')"),
  },
  {
    name: "a ROOT file",
    begins: ["root\0"],
    remedy: fromPython("uproot.open(file)[tree].arrays(library='pd').to_csv(…)"),
  },
  { name: "a PDF document", begins: ["%PDF-"], remedy: "copy the table out of it and save it as CSV" },
  { name: "an RTF document", begins: ["{\\rtf"], remedy: "save the table as CSV" },
  {
    name: "an image",
    begins: ["\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "RIFF", "II*\0", "MM\0*"],
    remedy: "a table of numbers is needed",
  },
  {
    name: "a pointer of Git LFS",
    begins: ["version https://git-lfs.github.com/spec/"],
    remedy: "fetch the file itself: git lfs pull",
  },
  { name: "a text in UTF-32", begins: ["\xff\xfe\0\0", "\0\0\xfe\xff"], remedy: "save it as UTF-8" },
];

/** Texts that are no tables, by what their first characters other than blanks are, in small letters. */
const foreignTexts: readonly ForeignFormat[] = [
  {
    name: "a page in HTML",
    begins: ["<!doctype html", "<html", "<head", "<body", "<table"],
    remedy: "the address of the file itself may be another; save the table as CSV",
  },
  {
    name: "a document in XML",
    begins: ["<?xml", "<!doctype", "<workbook", "<votable"],
    remedy: "export the table as CSV",
  },
  {
    name: "a table that is drawn with lines",
    begins: ["\xe2\x94\x8c", "\xe2\x95\xad", "+--"], // ┌ and ╭ in UTF-8
    remedy: "write it as CSV (SQLite: .mode csv, DuckDB: copy … to 't.csv')",
  },
  { name: "a file in ARFF (Weka)", begins: ["@relation"], remedy: "write it as CSV" },
];

/** The format, if files of it begin like this and diffeo does not read it. */
export function foreignFormat(bytes: Uint8Array): ForeignFormat | null {
  const start = String.fromCharCode(...bytes.subarray(0, 300));
  const binary = foreignFormats.find(({ begins, offset = 0 }) =>
    begins.some((magic) => start.startsWith(magic, offset)),
  );
  if (binary !== undefined) return binary;
  const text = start
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart()
    .toLowerCase();
  return foreignTexts.find(({ begins }) => begins.some((magic) => text.startsWith(magic))) ?? null;
}

# What the engine is asked to serialise: `# kind: name`, then the expression. scripts/record-engine runs each as a
# pipeline of its own and writes down what comes. TZ is Europe/Berlin, the culture en-US.

# date: utc
[DateTime]::new(2026, 3, 2, 8, 5, 0, [DateTimeKind]::Utc)

# date: utc, to the last tick
[DateTime]::new(2026, 3, 2, 8, 5, 0, [DateTimeKind]::Utc).AddTicks(1234567)

# date: local, in winter
[DateTime]::new(2026, 3, 2, 9, 5, 0, [DateTimeKind]::Local)

# date: local, in summer
[DateTime]::new(2026, 7, 2, 9, 5, 0, [DateTimeKind]::Local)

# date: local, in the hour that comes twice
[DateTime]::new(2026, 10, 25, 0, 30, 0, [DateTimeKind]::Utc).ToLocalTime(), [DateTime]::new(2026, 10, 25, 1, 30, 0, [DateTimeKind]::Utc).ToLocalTime()

# date: unspecified
[DateTime]::new(2026, 3, 2, 8, 5, 0), [datetime]'2026-03-02 08:05:00'

# date: least
[DateTime]::MinValue

# date: least, utc
[DateTime]::SpecifyKind([DateTime]::MinValue, 'Utc')

# date: least, local
[DateTime]::SpecifyKind([DateTime]::MinValue, 'Local')

# date: greatest
[DateTime]::MaxValue

# date: greatest, utc
[DateTime]::SpecifyKind([DateTime]::MaxValue, 'Utc')

# date: greatest, local
[DateTime]::SpecifyKind([DateTime]::MaxValue, 'Local')

# date: from a file time
[DateTime]::FromFileTimeUtc(0), [DateTime]::FromFileTime(0)

# date: of Get-Date
Get-Date -Date '2026-03-02T08:05:00Z' -DisplayHint Date

# date: with a note
[DateTime]::new(2026, 3, 2, 8, 5, 0, [DateTimeKind]::Utc) | Add-Member Source clock -PassThru

# date: with an offset
[DateTimeOffset]::new(2026, 3, 2, 9, 5, 0, [TimeSpan]'05:30')

# date: only a date, only a time
[DateOnly]::new(2026, 3, 2), [TimeOnly]::new(8, 5, 0)

# span: zero
[TimeSpan]::Zero

# span: of every part
[TimeSpan]::new(1, 2, 3, 4, 5), [TimeSpan]::FromTicks(1), [TimeSpan]::FromDays(400)

# span: negative
[TimeSpan]::FromSeconds(-1.5)

# span: least and greatest
[TimeSpan]::MinValue, [TimeSpan]::MaxValue

# number: sbyte
[sbyte]::MinValue, [sbyte]::MaxValue

# number: byte
[byte]::MinValue, [byte]::MaxValue

# number: int16
[int16]::MinValue, [int16]::MaxValue

# number: uint16
[uint16]::MinValue, [uint16]::MaxValue

# number: int32
[int]::MinValue, [int]::MaxValue

# number: uint32
[uint32]::MinValue, [uint32]::MaxValue

# number: int64
[long]::MinValue, [long]::MaxValue

# number: uint64
[uint64]::MinValue, [uint64]::MaxValue

# number: double
0.0, -0.0, 1.0, (0.1 + 0.2), 1e15, 1e16, 1.5e-7, [double]::MaxValue, [double]::MinValue, [double]::Epsilon

# number: double, not finite
[double]::NaN, [double]::PositiveInfinity, [double]::NegativeInfinity

# number: single
[single]0, [single]0.1, [single]1e7, [single]16777217, [single]::MaxValue, [single]::MinValue, [single]::Epsilon

# number: single, not finite
[single]::NaN, [single]::PositiveInfinity, [single]::NegativeInfinity

# number: decimal
[decimal]0, 1.10d, -0.0000000000000000000000000001d, [decimal]::MaxValue, [decimal]::MinValue

# number: too large for any element
[bigint]::Pow(2, 100)

# number: half and 128 bits
[Half]1.5, [Int128]::MaxValue

# number: with a note
70000 | Add-Member Unit mailboxes -PassThru

# number: with a note that another has put there
$null = 77 | Add-Member Unit mailboxes -PassThru
[pscustomobject]@{ Count = 77; Other = 78 }

# truth: both
$true, $false

# nothing: null
$null

# nothing: no output
[System.Management.Automation.Internal.AutomationNull]::Value

# nothing: in a list
, @(1, $null, [System.Management.Automation.Internal.AutomationNull]::Value)

# nothing: DBNull
[DBNull]::Value

# char: plain
[char]'a', [char]0, [char]0xFFFF, [char]0xD83D

# text: empty
''

# text: blank
' ', "  a`u{A0}"

# text: markup
'<a b="c">&amp; ''d'' ]]></a>'

# text: lines and tabs
"a`r`nb`nc`rd`te"

# text: control characters
-join (0..31 + 127..160 | ForEach-Object { [char]$_ })

# text: what looks like an escape
'_x0041_', '_X0041_', '_x005F_', 'a_x', '__x0041__', '_x00', '_', '_x0041_x0041_'

# text: what is no character
"a$([char]0xFFFE)b$([char]0xFFFF)c"

# text: byte order mark
"$([char]0xFEFF)a"

# text: lone surrogates
"a$([char]0xD83D)b", "a$([char]0xDE00)b", "$([char]0xDE00)$([char]0xD83D)"

# text: beyond the first plane
"`u{1F600}`u{10FFFF}", "e`u{301}", "`u{2028}`u{85}"

# text: very long
'0123456789' * 4000

# text: with a note
'jsmith' | Add-Member Server ex01 -PassThru

# xml: document
[xml]"<a b='1'><!-- c --><d>é`n</d><e/></a>"

# xml: element
([xml]"<a b='1'><d>e</d></a>").DocumentElement

# uri: absolute
[uri]'https://ex01.example.com/PowerShell?a=1&b=%20'

# uri: relative, and with letters of others
[uri]'a/b', [uri]'http://grüße.example/ü'

# version: of two to four parts
[version]'6.2', [version]'15.1.2507', [version]'15.1.2507.17'

# version: semantic
[semver]'7.6.0-preview.1+build5'

# guid: plain
[guid]'792e5b37-4505-47ef-b7d2-8711bb7affa8', [guid]::Empty

# script: block
{ param($Name) "<$Name>" }

# bytes: empty
, [byte[]]@()

# bytes: some
, [byte[]](0, 1, 127, 128, 255)

# bytes: more than a line of base64
, [byte[]](0..255)

# bytes: one at a time
[byte[]](1, 2)

# secret: secure string
ConvertTo-SecureString 'Pässwörd' -AsPlainText -Force

# secret: empty
[securestring]::new()

# secret: credential
[pscredential]::new('EXAMPLE\admin', (ConvertTo-SecureString 'secret' -AsPlainText -Force))

# enum: plain
[DayOfWeek]::Tuesday

# enum: flags
[IO.FileAttributes]'ReadOnly, Hidden'

# enum: a number that has no name
[Enum]::ToObject([DayOfWeek], 42)

# enum: with a note
[DayOfWeek]::Friday | Add-Member Note kept -PassThru

# enum: of other sizes
enum Small : byte { One = 1 }
enum Signed : sbyte { Less = -1 }
enum Large : ulong { Most = 18446744073709551615 }
enum Long : long { Least = -9223372036854775808 }
[Small]::One, [Signed]::Less, [Large]::Most, [Long]::Least

# list: array
, @(1, 'two', $null, 3.5)

# list: empty
, @()

# list: nested
, @(1, @(2, @(3, @())))

# list: typed
, [int[]](1, 2)

# list: of characters
, [char[]]'ab'

# list: two dimensions
$grid = [int[,]]::new(2, 2)
$grid[0, 1] = 1
$grid[1, 0] = 2
, $grid

# list: ArrayList
, [Collections.ArrayList]@(1, 'two')

# list: generic
, [Collections.Generic.List[string]]@('a', 'b')

# list: Queue
, [Collections.Queue]@(1, 2, 3)

# list: Stack
, [Collections.Stack]@(1, 2, 3)

# list: generic Queue and Stack
, [Collections.Generic.Queue[int]][int[]](1, 2, 3)
, [Collections.Generic.Stack[int]][int[]](1, 2, 3)

# list: HashSet
, [Collections.Generic.HashSet[int]][int[]](3, 1, 3)

# list: what is only enumerable
, [Linq.Enumerable]::Range(1, 3)

# list: lazily from a pipeline
1..3 | Where-Object { $_ -ne 2 }

# list: with a note
$list = [Collections.ArrayList]@(1, 2)
, (Add-Member -InputObject $list Note kept -PassThru)

# dictionary: Hashtable
@{ Name = 'jsmith' }

# dictionary: empty
@{}

# dictionary: ordered
[ordered]@{ z = 1; a = $null; 'with space' = @(1, 2) }

# dictionary: keys of other types
$table = [Collections.Generic.Dictionary[int, object]]::new()
$table[7] = 'seven'
$table[-1] = @{ inner = $true }
$table

# dictionary: keys that are objects
$table = [Collections.Specialized.OrderedDictionary]::new()
$table.Add([DayOfWeek]::Monday, 1)
$table.Add([guid]'792e5b37-4505-47ef-b7d2-8711bb7affa8', 2)
$table.Add([DateTime]::new(2026, 3, 2, 8, 5, 0, [DateTimeKind]::Utc), 3)
$table

# dictionary: with a note
Add-Member -InputObject @{ A = 1 } Note kept -PassThru

# dictionary: of a dictionary
@{ outer = @{ inner = @{ innermost = 1 } } }

# dictionary: keys that differ in case
$table = [Collections.Generic.Dictionary[string, int]]::new()
$table['a'] = 1
$table['A'] = 2
$table

# object: custom
[pscustomobject]@{ UserName = 'Smith'; Count = 3; Latency = $null }

# object: custom, with a list
[pscustomobject]@{ Servers = @('ex01', 'ex02'); One = @('ex01'); None = @() }

# object: empty
[pscustomobject]@{}, [object]::new()

# object: property names that are odd
[pscustomobject]@{ 'a b' = 1; "c`nd" = 2; '_x0041_' = 3; '<>&"' = 4; "`u{1F600}" = 5; "$([char]0xD83D)" = 6 }

# object: property names that XML would change
[pscustomobject]@{ ' a  b ' = 1; "c`td" = 2; "`u{A0}" = 3 }

# object: a property name that is no character
[pscustomobject]@{ "$([char]0xFFFE)" = 1; "$([char]0)" = 2 }

# object: type names that are odd
[pscustomobject]@{ PSTypeName = "a b_x0041_`n<c>`u{1F600}$([char]0xD83D)"; A = 1 }

# object: text that is odd
$text = "_x0041_`n<c>`u{1F600}$([char]0xD83D)$([char]0xFFFF)"
[Text.StringBuilder]::new($text), [scriptblock]::Create("'$text'"), [uri]'a/_x0041_', [xml]'<a>_x0041_</a>'

# object: selected
[IO.FileAttributes]::Hidden, 'abc' | Select-Object Length, @{ n = 'Text'; e = { "$_" } }

# object: script property and method
[pscustomobject]@{ Side = 3 } | Add-Member ScriptProperty Area { $this.Side * $this.Side } -PassThru | Add-Member ScriptMethod Grow { $this.Side++ } -PassThru

# object: alias property and type name
$row = [pscustomobject]@{ PSTypeName = 'Vectors.Row'; Length = 3 }
$row | Add-Member AliasProperty Size Length -PassThru

# object: property set and default display
$row = [pscustomobject]@{ A = 1; B = 2 }
$set = [Management.Automation.PSPropertySet]::new('DefaultDisplayPropertySet', [string[]]@('A'))
$row | Add-Member MemberSet PSStandardMembers ([Management.Automation.PSMemberInfo[]]@($set)) -PassThru

# object: a set of members
$row = [pscustomobject]@{ A = 1 }
$row | Add-Member MemberSet Set ([Management.Automation.PSMemberInfo[]]@([psnoteproperty]::new('Inner', 2)))
$row | Add-Member B 3 -PassThru

# object: a property that is nothing
[pscustomobject]@{ A = $null; B = [System.Management.Automation.Internal.AutomationNull]::Value; C = (1 | Where-Object { $false }) } | Add-Member ScriptProperty D { } -PassThru

# object: of another session
[Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize([Text.StringBuilder]::new('abc', 16)))
[Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize([DayOfWeek]::Monday))

# object: a getter that throws
[IO.FileInfo]'/nowhere/at/all.txt', ([pscustomobject]@{ Good = 1 } | Add-Member ScriptProperty Bad { throw 'no' } -PassThru)

# object: ToString of its own
[pscustomobject]@{ A = 1 } | Add-Member ScriptMethod ToString { 'mine' } -Force -PassThru

# object: ToString that throws
[pscustomobject]@{ A = 1 } | Add-Member ScriptMethod ToString { throw 'no' } -Force -PassThru

# object: of a class
class Mailbox { [string] $Name; [int] $Items; [Mailbox] $Archive; hidden [int] $Secret = 5 }
[Mailbox]@{ Name = 'jsmith'; Items = 4; Archive = [Mailbox]@{ Name = 'archive' } }

# object: adapted and added
[version]'1.2' | Add-Member Note added -PassThru
[Text.StringBuilder]::new('abc', 16) | Add-Member Note added -PassThru

# object: an added name that the type has
[Text.StringBuilder]::new('abc', 16) | Add-Member Length shadow -Force -PassThru

# object: file
$path = '/tmp/mapisweep-vectors/file.txt'
$null = New-Item $path -Value 'hello' -Force
(Get-Item $path).LastWriteTimeUtc = [DateTime]::new(2026, 3, 2, 8, 5, 0, [DateTimeKind]::Utc)
Get-Item $path | Select-Object PSPath, Name, Length, LastWriteTime, LastWriteTimeUtc, Mode, Exists, PSIsContainer
Remove-Item '/tmp/mapisweep-vectors' -Recurse

# object: drive, a type with its own depth
Get-PSDrive Variable

# object: process, selected
Get-Process -Id $PID | Select-Object Name, @{ n = 'IsId'; e = { $_.Id -eq $PID } }, HasExited, PriorityClass

# object: row of a table
$rows = [Data.DataTable]::new('Logons')
$null = $rows.Columns.Add('Server', [string]), $rows.Columns.Add('Count', [int])
$null = $rows.Rows.Add('ex01', 3), $rows.Rows.Add('ex02', [DBNull]::Value)
$rows.Rows

# object: table
$rows = [Data.DataTable]::new('Logons')
$null = $rows.Columns.Add('Server', [string])
$null = $rows.Rows.Add('ex01')
, $rows

# object: address
[Net.IPAddress]'10.0.0.7'

# object: match
[regex]'(?<first>a)(b)?' | ForEach-Object { $_.Match('ab') } | Select-Object Value, Index, Success

# object: type, selected
[int], [type]'System.Collections.Generic.Dictionary[string,int]' | Select-Object FullName, IsValueType

# object: nullable and tuple
[Nullable[int]]7, [Tuple]::Create(1, 'two')

# object: culture
[cultureinfo]'de-DE' | Select-Object Name, LCID

# reference: to itself
$row = [pscustomobject]@{ Name = 'self' }
$row | Add-Member Self $row -PassThru

# reference: child to its parent
$parent = [pscustomobject]@{ Name = 'parent' }
$child = [pscustomobject]@{ Name = 'child'; Parent = $parent }
$parent | Add-Member Child $child -PassThru

# reference: a list in itself
$list = [Collections.ArrayList]@(1)
$null = $list.Add($list)
, $list

# reference: a dictionary in itself
$table = @{}
$table.Self = $table
$table

# reference: one object twice
$shared = [pscustomobject]@{ Name = 'shared' }
[pscustomobject]@{ A = $shared; B = $shared; C = @($shared, $shared) }

# reference: one list twice
$shared = @(1, 2)
[pscustomobject]@{ A = $shared; B = $shared }

# reference: one object in two records
$shared = [pscustomobject]@{ Name = 'shared' }
$shared, $shared

# reference: types that are shared
[pscustomobject]@{ A = 1 }, [pscustomobject]@{ A = 2 } | Group-Object { 'one' } | ForEach-Object { , $_.Group }

# depth: plain objects
$row = [pscustomobject]@{ Level = 0 }
1..8 | ForEach-Object { $row = [pscustomobject]@{ Level = $_; Inner = $row } }
$row

# depth: plain objects, more than the engine writes
$row = [pscustomobject]@{ Level = 0 }
1..80 | ForEach-Object { $row = [pscustomobject]@{ Level = $_; Inner = $row } }
$row

# depth: lists, more than the engine writes
$list = , 0
1..80 | ForEach-Object { $list = , $list }
, $list

# depth: dictionaries, more than the engine writes
$table = @{ Level = 0 }
1..80 | ForEach-Object { $table = @{ Inner = $table } }
$table

# depth: dictionaries in lists in objects, more than the engine writes
$row = [pscustomobject]@{ Level = 0 }
1..40 | ForEach-Object { $row = [pscustomobject]@{ Items = @(@{ Inner = $row }) } }
$row

# depth: objects of a type
class Chain { [int] $Level; [Chain] $Inner }
[Chain]@{ Level = 0; Inner = [Chain]@{ Level = 1; Inner = [Chain]@{ Level = 2 } } }

# depth: objects of a type that has a depth of its own
class Chain { [int] $Level; [Chain] $Inner }
Update-TypeData -TypeName Chain -SerializationDepth 2 -Force
[Chain]@{ Level = 0; Inner = [Chain]@{ Level = 1; Inner = [Chain]@{ Level = 2; Inner = [Chain]@{ Level = 3 } } } }
Remove-TypeData -TypeName Chain

# depth: objects of a type in lists
class Chain { [int] $Level; [Chain] $Inner }
[pscustomobject]@{ Chains = @([Chain]@{ Level = 0; Inner = [Chain]@{ Level = 1 } }) }
, @(, @([Chain]@{ Level = 0; Inner = [Chain]@{ Level = 1 } }))

# type: a string only
Update-TypeData -TypeName System.Text.StringBuilder -SerializationMethod String -Force
[Text.StringBuilder]::new('abc', 16)
Remove-TypeData -TypeName System.Text.StringBuilder

# type: some properties only
Update-TypeData -TypeName System.Text.StringBuilder -SerializationMethod SpecificProperties -PropertySerializationSet Length -Force
[Text.StringBuilder]::new('abc', 16)
Remove-TypeData -TypeName System.Text.StringBuilder

# error: Write-Error
Write-Error 'went wrong'

# error: Write-Error with all it can have
Write-Error -Message 'went wrong' -Category ObjectNotFound -ErrorId Vectors1 -TargetObject 'jsmith' -RecommendedAction 'look again' -CategoryActivity 'Finding' -CategoryReason 'NotThere' -CategoryTargetName 'smith' -CategoryTargetType 'Mailbox'

# error: with its invocation
Write-Error 'went wrong'

# error: throw
throw 'went wrong'

# error: throw an object
throw [pscustomobject]@{ Code = 7 }

# error: throw an exception with a cause
throw [InvalidOperationException]::new('outer', [IO.FileNotFoundException]::new('inner', 'x.txt'))

# error: of the runtime
1 / $null

# error: of the runtime, with its invocation
1 / $null

# error: a command that is not there
Get-LogonStatistics -Server ex01

# error: a parameter that is not there
Get-Date -Nonsense 1

# error: a parameter that does not fit
Get-Date -Year many

# error: a script that does not parse
'before'; if (

# error: of a cmdlet
Get-Item /nowhere/at/all

# error: of a method
[int]::Parse('x')

# error: as output
try { [int]::Parse('x') } catch { $_ }

# error: exception as output
[ArgumentException]::new('bad', 'name')

# error: of another session
$exception = [Management.Automation.RemoteException]::new('far away')
Write-Error -Exception $exception -ErrorId Far

# error: not an error
Write-Output before; Write-Error 'between'; Write-Output after

# record: warning
Write-Warning "careful`n<now>"

# record: warning, with its invocation
Write-Warning 'careful'

# record: verbose
Write-Verbose 'told' -Verbose

# record: debug
$DebugPreference = 'Continue'
Write-Debug 'found'

# record: progress
Write-Progress -Activity 'Sweeping' -Status 'ex01' -CurrentOperation 'asking' -PercentComplete 40 -SecondsRemaining 9 -Id 3 -ParentId 2
Write-Progress -Activity 'Sweeping' -Id 3 -Completed

# record: information
Write-Information ([pscustomobject]@{ A = 1 }) -Tags seen, known

# record: Write-Host
Write-Host 'shown' -ForegroundColor Green -NoNewline

# record: all streams at once
$VerbosePreference = 'Continue'
Write-Output 1; Write-Warning 'two'; Write-Verbose 'three'; Write-Output 4

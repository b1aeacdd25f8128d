// Stand-ins for Exchange's types, so that the engine's own serialiser decides how they look on the wire.
//
// As in wire/exchange/css-exchange (E16_GetExchangeServer.xml, E16_GetMailboxServer.xml): the names and base types of
// ExchangeServer, ServerVersion, ServerRole, ServerEditionType and ADObjectId, and their properties as far as they are
// here. Guessed, in types though not in names of columns: all of LogonStatistics, Mailbox, MailboxDatabase, ClientAccessArray,
// DatabaseAvailabilityGroup, and the numbers of ClientMode.
//
// An event's record has the properties of E16_ and E19_GetWinEventOldestApplication.xml. Those of Windows cannot be made.
#pragma warning disable CS1591
using System;
using System.Collections.Generic;

namespace System.Diagnostics.Eventing.Reader
{
    public sealed class EventProperty
    {
        public EventProperty(object value) { Value = value; }
        public object Value { get; }
    }
}

namespace StandIn
{
    using System.Diagnostics.Eventing.Reader;

    public class EventLogRecord
    {
        private readonly List<EventProperty> properties = new List<EventProperty>();
        public int Id { get; set; }
        public string ProviderName => "MSExchangeIS";
        public DateTime? TimeCreated { get; set; }
        public IList<EventProperty> Properties => properties;
        public void Add(object value) { properties.Add(new EventProperty(value)); }
    }
}

namespace Microsoft.Exchange.Data
{
    public class ServerVersion
    {
        public int Major { get; set; }
        public int Minor { get; set; }
        public int Build { get; set; }
        public int Revision { get; set; }
        public string FilePatchLevelDescription { get; set; }
        public override string ToString() => $"Version {Major}.{Minor} (Build {Build}.{Revision})";
    }

    public enum ServerEditionType { Unknown, Standard, StandardEvaluation, Enterprise, EnterpriseEvaluation, Coexistence }

    public class ObjectId { }

    public class ConfigurableObject
    {
        public virtual ObjectId Identity { get; set; }
        public bool IsValid => true;
    }
}

namespace Microsoft.Exchange.Data.Directory
{
    public class ADObjectId : ObjectId
    {
        public string DistinguishedName { get; set; }
        public Guid ObjectGuid { get; set; }
        public string Name { get; set; }
        public override string ToString() => Name;
    }

#if EXCHANGE_2007
    // guessed but for the names
    public sealed class AdminSessionADSettings
    {
        public static AdminSessionADSettings Instance { get; } = new AdminSessionADSettings();
        public bool ViewEntireForest { get; set; }
    }
#endif

    public class ADRawEntry : ConfigurableObject { }
    public class ADObject : ADRawEntry
    {
        public string Name { get; set; }
        public Guid Guid { get; set; }
        public DateTime? WhenChanged { get; set; }
        public DateTime? WhenChangedUTC => WhenChanged?.ToUniversalTime();
        public override string ToString() => Name;
    }
}

namespace Microsoft.Exchange.Data.Directory.SystemConfiguration
{
    [Flags]
    public enum ServerRole { None = 0, Mailbox = 2, ClientAccess = 4, UnifiedMessaging = 16, HubTransport = 32, Edge = 64 }

    public class DatabaseAvailabilityGroup : ADObject
    {
        public ADObjectId[] Servers { get; set; }
        public string WitnessServer { get; set; }
        public ADObjectId[] OperationalServers { get; set; }
        public ADObjectId PrimaryActiveManager { get; set; }
    }

    public class MailboxDatabase : ADObject
    {
        public ADObjectId Server { get; set; }
        public ADObjectId[] Servers { get; set; }
        public ADObjectId MasterServerOrAvailabilityGroup { get; set; }
        public string RpcClientAccessServer { get; set; }
        public bool? Mounted { get; set; }
        public string MountedOnServer { get; set; }
    }

    public class ClientAccessArray : ADObject
    {
        public string Fqdn { get; set; }
        public ADObjectId Site { get; set; }
        public string SiteName => Site.Name;
        public ADObjectId[] Members { get; set; }
    }
}

namespace Microsoft.Exchange.Data.Directory.Management
{
    using SystemConfiguration;

    public class ADPresentationObject : ADObject { }

    public class ExchangeServer : ADPresentationObject
    {
        public string Domain { get; set; }
        public ServerEditionType Edition { get; set; }
        public string ExchangeLegacyDN { get; set; }
        public string Fqdn { get; set; }
        public object InternetWebProxy => null;
        public bool IsMailboxServer => ServerRole.HasFlag(ServerRole.Mailbox);
        public bool IsClientAccessServer => ServerRole.HasFlag(ServerRole.ClientAccess);
        public ServerVersion AdminDisplayVersion { get; set; }
        public ServerRole ServerRole { get; set; }
    }

    public class Mailbox : ADPresentationObject
    {
        public string SamAccountName { get; set; }
        public string DisplayName { get; set; }
        public string LegacyExchangeDN { get; set; }
        public ADObjectId Database { get; set; }
        public string ServerName { get; set; }
        public string Alias { get; set; }
        public string PrimarySmtpAddress { get; set; }
        public string[] EmailAddresses { get; set; }
        public override string ToString() => DisplayName;
    }
}

namespace Microsoft.Exchange.Data.Mapi
{
    public enum ClientMode { Unknown, Classic, Cached, ExchangeServer }

    public class MapiObject : ConfigurableObject { }

    public class MailboxId : ObjectId
    {
        public string LegacyDN { get; set; }
        public override string ToString() => LegacyDN;
    }

    public class LogonStatistics : MapiObject
    {
        public uint? AdapterSpeed { get; set; }
        public string ClientIPAddress { get; set; }
        public ClientMode ClientMode { get; set; }
        public string ClientName { get; set; }
        public string ClientVersion { get; set; }
        public uint? CodePage { get; set; }
        public uint? CurrentOpenAttachments { get; set; }
        public uint? CurrentOpenFolders { get; set; }
        public uint? CurrentOpenMessages { get; set; }
        public uint? FolderOperationCount { get; set; }
        public string FullMailboxDirectoryName { get; set; }
        public string FullUserDirectoryName { get; set; }
        public string HostAddress { get; set; }
        public DateTime? LastAccessTime { get; set; }
        public uint? Latency { get; set; }
        public uint? LocaleID { get; set; }
        public DateTime? LogonTime { get; set; }
        public string MACAddress { get; set; }
        public uint? MessagingOperationCount { get; set; }
        public uint? OtherOperationCount { get; set; }
        public uint? ProgressOperationCount { get; set; }
        public uint? RPCCallsSucceeded { get; set; }
        public uint? StreamOperationCount { get; set; }
        public uint? TableOperationCount { get; set; }
        public uint? TotalOperationCount { get; set; }
        public uint? TransferOperationCount { get; set; }
        public string UserName { get; set; }
        public string Windows2000Account { get; set; }
        public string ServerName { get; set; }
#if EXCHANGE_2007
        public string StorageGroupName { get; set; }
#else
        public string ApplicationId { get; set; }
        public string SessionId { get; set; }
#endif
        public string DatabaseName { get; set; }
        public override string ToString() => FullMailboxDirectoryName;
    }
}

namespace Microsoft.Exchange.Configuration.Tasks
{
    public class ManagementObjectNotFoundException : Exception
    {
        public ManagementObjectNotFoundException(string message) : base(message) { }
    }
}

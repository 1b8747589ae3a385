namespace DiTFastAttn;

/// <summary>A module with attention sites. Implemented by generated code; <see cref="AttachedModel"/> finds the modules by it.</summary>
public interface IAttentionSiteHost
{
    /// <summary>Whether site objects are connected, that is: the model is attached.</summary>
    bool SitesConnected { get; }

    /// <summary>Makes a site object for every declared site, in order of declaration, without connecting them.</summary>
    IReadOnlyList<AttentionSite> CreateSites();

    /// <summary>Routes the sites' calls through the given objects, or back to plain attention.</summary>
    /// <param name="sites">What <see cref="CreateSites"/> returned, or <see langword="null"/> to disconnect.</param>
    void ConnectSites(IReadOnlyList<AttentionSite>? sites);
}

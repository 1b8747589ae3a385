namespace DiTFastAttn.Generators.Sites;

/// <summary>A parameter of a site's method.</summary>
/// <param name="Name">Its name as code refers to it.</param>
/// <param name="Type">Its type as code refers to it.</param>
/// <param name="IsPerSample">Whether it is a tensor whose first dimension is the batch.</param>
internal sealed record SiteParameter(string Name, string Type, bool IsPerSample);

namespace Berth.Runtime.Store;

/// <summary>A store that can be told to read everything anew.</summary>
internal interface IRefreshedStore
{
    /// <summary>Ends when the store holds what a list has found that was begun after this call.</summary>
    Task RefreshAsync(CancellationToken cancellationToken);
}

import { bundlePage, isUpToDate, writePage } from './bundle.ts'

// `npm run build`, and before `npm start`: makes the page where its sources have changed.
if (!isUpToDate()) writePage(await bundlePage())
console.log('the page is in web/dist')
